package dev.kq.examples;

import dev.kq.ConsumeHandler;
import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.ServiceGroup;
import dev.kq.conf.ConfLoader;
import dev.kq.conf.ServiceConf;
import dev.kq.pusher.KqPusherConf;
import dev.kq.pusher.Pusher;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Two queues and a pusher in one service, set up by one YAML file. Each has its section there, and each topic its
 * handler class.
 */
public final class ShopServices {
    private ShopServices() {}

    /** What {@code etc/shop.yaml} says; a component is a section of the file. */
    record ShopConf(ServiceConf service, KqConf paymentSuccessConf, KqConf shippingConf, KqPusherConf kqPusherConf) {}

    /** What the handlers share: the service context. */
    record ServiceContext(ShopConf conf, Pusher shipping, CountDownLatch shipped) {
        ServiceContext(ShopConf conf, int parcels) {
            this(conf, new Pusher(conf.kqPusherConf()), new CountDownLatch(parcels));
        }
    }

    /** Handles the topic of payments: what is paid can be shipped. */
    record PaymentSuccess(ServiceContext context) implements ConsumeHandler {
        @Override
        public void consume(@Nullable String order, @Nullable String value) {
            System.out.println("payment-success: " + order + ", " + value);
            context.shipping().pushSync(order, "a parcel"); // waits: the payment is done when the parcel is pushed
        }
    }

    /** Handles the topic of parcels. */
    record Shipping(ServiceContext context) implements ConsumeHandler {
        @Override
        public void consume(@Nullable String order, @Nullable String value) {
            System.out.println("shipping:        " + order + ", " + value);
            context.shipped().countDown();
        }
    }

    /**
     * Runs it.
     *
     * @param args none, or {@code host:port} of a broker
     */
    public static void main(String[] args) throws Exception {
        try (ExampleKafka kafka = ExampleKafka.of(args, "kq-shop-payment-success", "kq-shop-shipping")) {
            // Of a file that names the right brokers: ConfLoader.load(Path.of("shop.yaml"), ShopConf.class)
            ShopConf conf = ConfLoader.parse(kafka.yaml("shop.yaml"), ShopConf.class);
            ServiceContext context = new ServiceContext(conf, 3);
            try (ServiceGroup group = new ServiceGroup(conf.service())) {
                group.add(context.shipping());
                group.add(new KqQueue(conf.paymentSuccessConf(), new PaymentSuccess(context)));
                group.add(new KqQueue(conf.shippingConf(), new Shipping(context)));
                group.start(); // a service calls run(), which stops the group at SIGTERM and SIGINT

                try (Pusher shop = new Pusher(kafka.brokers(), "kq-shop-payment-success")) {
                    shop.push("order-1", "49.90 EUR");
                    shop.push("order-2", "12.00 EUR");
                    shop.push("order-3", "7.50 EUR");
                }
                context.shipped().await();
                ServiceGroup.Report report = group.stop(); // the queues first, then the pusher
                System.out.println("3 orders paid and shipped; stopped " + (report.complete() ? "completely" : report));
            }
        }
    }
}
