package dev.kq.examples.spring;

import dev.kq.ConsumeHandler;
import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.pusher.Pusher;
import dev.kq.testkit.EmbeddedKafka;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;
import org.yaml.snakeyaml.Yaml;

/** A Spring Boot application with a queue and a pusher as beans, set up by its {@code application.yaml}. */
@SpringBootApplication(proxyBeanMethods = false)
public class SpringBootApp {
    /** The handler; a bean like any other, so it can have others injected. */
    @Component
    static final class Payments implements ConsumeHandler {
        private final BlockingQueue<String> handled = new LinkedBlockingQueue<>();

        @Override
        public void consume(@Nullable String account, @Nullable String amount) {
            handled.add(account + " paid " + amount);
        }

        /** Waits for a payment and takes it. */
        String take() throws InterruptedException {
            return handled.take();
        }
    }

    /**
     * What {@code application.yaml} says below {@code kq.payments}, and all that Spring lays over it: profiles, the
     * environment, the command line. The keys are those of a {@code kq.yaml}, and so are the checks.
     */
    @Bean
    KqConf paymentsConf(Environment environment) {
        Map<String, Object> section = Binder.get(environment)
                .bind("kq.payments", Bindable.mapOf(String.class, Object.class))
                .get();
        return KqConf.parse(new Yaml().dump(section));
    }

    /** Spring starts it when the handler is there, and closes it, within {@code DrainTimeout}, before what it uses. */
    @Bean(initMethod = "start", destroyMethod = "close")
    KqQueue paymentsQueue(KqConf paymentsConf, Payments payments) {
        return new KqQueue(paymentsConf, payments);
    }

    /** Closed by Spring, too, which sends what waits. */
    @Bean
    Pusher paymentsPusher(KqConf paymentsConf) {
        return Pusher.builder(paymentsConf.connection(), paymentsConf.topics().get(0))
                .build();
    }

    /**
     * Starts the application, lets it handle three payments and ends it.
     *
     * @param args none, or {@code host:port} of a broker that has the topic kq-payments
     */
    public static void main(String[] args) throws Exception {
        try (EmbeddedKafka kafka = args.length == 0 ? EmbeddedKafka.start() : null) {
            String brokers = kafka == null ? args[0] : kafka.bootstrapServers();
            if (kafka != null) {
                kafka.createTopic("kq-payments", 4);
            }
            // A real one has this line only: it runs until SIGTERM.
            try (ConfigurableApplicationContext app =
                    SpringApplication.run(SpringBootApp.class, "--kq.payments.brokers=" + brokers)) {
                Pusher pusher = app.getBean(Pusher.class);
                for (String account : List.of("alice", "bob", "carol")) {
                    pusher.push(account, "12.50 EUR");
                }
                for (int i = 0; i < 3; i++) {
                    System.out.println(app.getBean(Payments.class).take());
                }
            }
            System.out.println("3 payments pushed and handled");
        }
    }
}
