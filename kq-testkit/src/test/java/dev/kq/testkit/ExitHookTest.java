package dev.kq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that is told to end: its consumers still commit, and nothing of the broker is left. */
class ExitHookTest {
    @TempDir
    private Path folder;

    @Test
    void sigterm_letsConsumersCommitAndRemovesTheFolder() throws Exception {
        try (ChildJvm jvm = new ChildJvm(folder, System.getProperty("java.class.path"), CommitsInItsHook.class);
                var stdout = jvm.stdout()) {
            assertThat(stdout.readLine()).isEqualTo("running");
            assertThat(jvm.temporary()).isNotEmptyDirectory();
            jvm.terminate();
            assertThat(stdout.readLine()).isEqualTo("committed");
            assertThat(stdout.readLine()).isNull();
            assertThat(jvm.exitCode()).isEqualTo(ChildJvm.TERMINATED);
            assertThat(jvm.temporary()).isEmptyDirectory();
            assertThat(jvm.stderr()).isEmptyFile();
        }
    }

    static final class CommitsInItsHook {
        public static void main(String[] args) throws InterruptedException {
            EmbeddedKafka kafka = EmbeddedKafka.start();
            kafka.createTopic("orders", 1);
            Map<String, Object> conf = new HashMap<>(kafka.clientProperties());
            conf.put("group.id", "g");
            KafkaConsumer<String, String> consumer =
                    new KafkaConsumer<>(conf, new StringDeserializer(), new StringDeserializer());
            TopicPartition partition = new TopicPartition("orders", 0);
            consumer.partitionsFor("orders"); // connects
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(0)));
                consumer.close();
                System.out.println("committed");
            }));
            System.out.println("running");
            new CountDownLatch(1).await();
        }
    }
}
