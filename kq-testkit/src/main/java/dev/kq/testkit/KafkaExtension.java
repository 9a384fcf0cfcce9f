package dev.kq.testkit;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Lets all JUnit Jupiter tests of a run share one {@link EmbeddedKafka}, started when the first test asks for it and
 * closed after the last, and gives each test its own {@link TestNames}.
 *
 * <pre>{@code
 * @ExtendWith(KafkaExtension.class)
 * class PaymentsTest {
 *     @Test
 *     void handlesEachPaymentOnce(EmbeddedKafka kafka, TestNames names) {
 *         String topic = kafka.createTopic(names.topic(), 8);
 *         ...
 *     }
 * }
 * }</pre>
 *
 * <p>A test method and its {@code @BeforeEach} and {@code @AfterEach} get the same names; {@code @BeforeAll},
 * {@code @AfterAll} and a constructor get those of the class. The broker is one node with all defaults: a test that
 * stops nodes or needs other properties starts its own. Safe for tests that run in parallel. Needs junit-jupiter-api
 * 6.0 or later, which this module does not bring.
 */
public final class KafkaExtension implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(KafkaExtension.class);

    /** For JUnit. */
    public KafkaExtension() {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == EmbeddedKafka.class || type == TestNames.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        if (parameter.getParameter().getType() == EmbeddedKafka.class) {
            // An AutoCloseable in the store of the root is closed at the end of the run.
            return context.getRoot()
                    .getStore(NAMESPACE)
                    .computeIfAbsent(EmbeddedKafka.class, key -> EmbeddedKafka.start(), EmbeddedKafka.class);
        }
        // The key names the test: a store also finds what the contexts above it hold.
        Store store = context.getStore(NAMESPACE);
        return store.computeIfAbsent(context.getUniqueId(), id -> new TestNames(testName(context)), TestNames.class);
    }

    private static String testName(ExtensionContext context) {
        String type = context.getTestClass().map(Class::getSimpleName).orElse("");
        return type
                + context.getTestMethod().map(method -> "-" + method.getName()).orElse("");
    }
}
