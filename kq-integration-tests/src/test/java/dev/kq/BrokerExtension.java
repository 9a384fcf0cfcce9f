package dev.kq;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import dev.kq.testkit.EmbeddedKafka;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.testcontainers.DockerClientFactory;

/**
 * Gives each test the Kafka of its class: the embedded one, or with {@link InContainer} one in a container, which all
 * those tests share. {@code -Dkq.kafka=embedded} leaves the tests in containers out, {@code container} fails them if
 * there is no Docker; otherwise they run where a Docker daemon answers. Each one that does not is counted as skipped.
 */
final class BrokerExtension implements ParameterResolver, ExecutionCondition {
    private static final Namespace NAMESPACE = Namespace.create(BrokerExtension.class);
    private static final String WANTED = System.getProperty("kq.kafka", "auto");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        KafkaImage image = image(context);
        if (image == null || context.getTestMethod().isEmpty()) {
            return enabled("not in a container, or asked again for each test, so that each is counted");
        }
        return switch (WANTED) {
            case "container" -> enabled("kq.kafka=container");
            case "embedded" -> disabled("skipped: kq.kafka=embedded");
            case "auto" -> {
                if (!DockerClientFactory.instance().isDockerAvailable()) {
                    yield disabled("skipped: no Docker");
                }
                yield image.isThere() ? enabled("Docker answers") : disabled("skipped: no image of this Kafka");
            }
            default ->
                throw new IllegalArgumentException("kq.kafka=" + WANTED + " is none of auto, container, embedded");
        };
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == TestBroker.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        KafkaImage image = image(context);
        // An AutoCloseable in the store of the root is closed at the end of the run.
        Store store = context.getRoot().getStore(NAMESPACE);
        if (image != null) {
            return store.computeIfAbsent(image, ContainerBroker::new, ContainerBroker.class);
        }
        return TestBroker.of(
                store.computeIfAbsent(EmbeddedKafka.class, key -> EmbeddedKafka.start(), EmbeddedKafka.class));
    }

    private static @Nullable KafkaImage image(ExtensionContext context) {
        for (Class<?> type = context.getRequiredTestClass(); type != null; type = type.getEnclosingClass()) {
            InContainer wanted = type.getAnnotation(InContainer.class);
            if (wanted != null) {
                return wanted.value();
            }
        }
        return null;
    }
}
