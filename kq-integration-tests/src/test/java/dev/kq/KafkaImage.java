package dev.kq;

import org.apache.kafka.common.utils.AppInfoParser;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** The versions of Kafka that there is an image for. The environment names it; {@code .ci/kafka-image} makes one. */
enum KafkaImage {
    /** That of our clients: as it is shipped, unless the environment says otherwise. */
    CURRENT("KQ_KAFKA_IMAGE", "apache/kafka:" + AppInfoParser.getVersion()),
    /** The oldest that our clients can talk to, with ZooKeeper. It was never shipped as an image. */
    OLDEST("KQ_OLDEST_KAFKA_IMAGE", null);

    private final @Nullable String image;

    KafkaImage(String variable, @Nullable String shipped) {
        String own = System.getenv(variable);
        image = own == null ? shipped : own;
    }

    boolean isThere() {
        return image != null;
    }

    KafkaContainer container() {
        KafkaContainer container =
                new KafkaContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("apache/kafka"));
        if (this == OLDEST) {
            container.waitingFor(Wait.forLogMessage(".*\\[KafkaServer id=1] started.*\\n", 1));
        }
        return container;
    }
}
