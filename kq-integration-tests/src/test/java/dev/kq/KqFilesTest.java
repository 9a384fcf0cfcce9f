package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of kq's own documents, run as they are but for the names of brokers, group and topic. */
class KqFilesTest extends BrokerTest {
    @TempDir
    private Path folder;

    @Test
    void fileOfOneQueue_runs() throws Exception {
        consumesWith(KqConf.load(file("""
                Name: kq
                Brokers:
                - BROKER
                - BROKER
                Group: GROUP
                Topic: TOPIC
                Offset: first
                Consumers: 1
                """)));
    }

    @Test
    void sectionOfAnApplicationsFile_runs() throws Exception {
        consumesWith(KqConf.load(file("""
                Name: mq
                Host: 0.0.0.0
                Port: 8888

                KqPusherConf:
                  Name: log
                  Brokers:
                  - BROKER
                  Group: GROUP
                  Topic: TOPIC

                KqConsumerConf:
                  Name: kqConsumer
                  Brokers:
                  - BROKER
                  Group: GROUP
                  Topic: TOPIC
                  Offset: first
                  Consumers: 8
                  Processors: 8
                """), "KqConsumerConf"));
    }

    private Path file(String yaml) throws Exception {
        return Files.writeString(
                folder.resolve("kq.yaml"),
                yaml.replace("BROKER", kafka.bootstrapServers())
                        .replace("GROUP", group)
                        .replace("TOPIC", topic));
    }

    private void consumesWith(KqConf conf) {
        kafka.createTopic(topic, 2);
        Kafka.push(
                kafka, List.of(new ProducerRecord<>(topic, "zhangSan", "a"), new ProducerRecord<>(topic, "liSi", "b")));
        List<String> seen = new CopyOnWriteArrayList<>();
        KqQueue queue = start(conf, (key, value) -> seen.add(key + " => " + value));
        awaitReconciled(queue);
        assertThat(seen).containsExactlyInAnyOrder("zhangSan => a", "liSi => b");
    }
}
