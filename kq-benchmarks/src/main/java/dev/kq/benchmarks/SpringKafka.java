package dev.kq.benchmarks;

import java.util.Properties;
import java.util.function.BiConsumer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.MessageListener;

/** A listener container with a thread for each consumer, a listener for single records and a commit for each poll. */
final class SpringKafka implements QueueContender {
    @Override
    public Running start(QueueJob job, BiConsumer<String, String> handler) {
        int consumers = job.number(QueueJob.CONSUMERS);
        ContainerProperties properties = new ContainerProperties(job.text(QueueJob.TOPIC));
        properties.setMessageListener(
                (MessageListener<String, String>) record -> handler.accept(record.key(), record.value()));
        properties.setKafkaConsumerProperties(new Properties());
        ConcurrentMessageListenerContainer<String, String> container = new ConcurrentMessageListenerContainer<>(
                new DefaultKafkaConsumerFactory<>(job.consumerProperties(consumers)), properties);
        container.setConcurrency(consumers);
        container.setBeanName("spring");
        container.start();
        return container::stop;
    }
}
