package dev.kq.examples.payments;

import dev.kq.KqConf;
import dev.kq.KqException;
import dev.kq.KqQueue;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Pushes payments from a file and adds them up on the other side of a real Kafka. They are keyed by account; it checks
 * that the totals per currency are those of the file. See {@code --help}.
 */
public final class PaymentsPipeline {
    private static final long LOOK_MILLIS = 20;
    private static final long READY_NANOS = 10_000_000_000L;

    /** Longer than a group waits for a member that was killed. */
    private static final long STUCK_NANOS = 90_000_000_000L;

    private final PaymentsOptions options;
    private final PrintStream out;
    private final StopSignal signal;
    private final boolean terminal;

    private PaymentsPipeline(PaymentsOptions options, PrintStream out, boolean terminal, StopSignal signal) {
        this.options = options;
        this.out = out;
        this.signal = signal;
        this.terminal = terminal;
    }

    /**
     * Runs it and exits with 0 only if the totals agree.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        StopSignal signal = new StopSignal();
        signal.catchSignals();
        int exitCode = 1;
        try {
            exitCode = run(System.out, System.err, signal, args);
        } finally {
            signal.finished();
        }
        System.exit(exitCode);
    }

    static int run(PrintStream out, PrintStream err, StopSignal signal, String... args) {
        try {
            if (PaymentsOptions.wantsHelp(args)) {
                out.print(PaymentsOptions.HELP);
                return 0;
            }
            PaymentsOptions options = PaymentsOptions.parse(args);
            return new PaymentsPipeline(options, out, ProgressLine.onTerminal(), signal).run();
        } catch (RunFailure e) {
            err.println("kq: " + (signal.requested() ? "stopped before the end: " : "") + e.line());
            return e.exitCode();
        } catch (KqException e) {
            err.println("kq: " + e.getMessage());
            return 2;
        } catch (IOException e) {
            err.println("kq: " + e);
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (RuntimeException e) {
            if (!signal.requested()) {
                throw e;
            }
            err.println("kq: stopped before the end: " + e.getMessage()); // nothing can start in a JVM that ends
            return 1;
        }
    }

    private int run() throws IOException, InterruptedException {
        PaymentTotals expected = new PaymentFile(options.input()).totals().times(options.repeat());
        out.println(count(expected.payments()) + " payments to push, from " + options.input());
        try (HandledFile handled = new HandledFile(options.handled());
                Cluster cluster = Cluster.of(conf(), options.brokers());
                TopicAdmin admin = new TopicAdmin(cluster.conf(), topic(cluster.conf()))) {
            KqConf conf = cluster.conf();
            if (signal.requested()) {
                throw RunFailure.wentWrong("nothing was pushed yet");
            }
            boolean created = admin.createIfMissing();
            out.println("Topic " + topic(conf) + (created ? " (new)" : "") + " on " + cluster.name() + ", group "
                    + conf.group());
            PaymentsRun run = new PaymentsRun(handled);
            KqQueue queue = KqQueue.builder(conf).messageHandler(run).build();
            PaymentsPush push = new PaymentsPush(options, conf, topic(conf), run);
            boolean done;
            try (queue;
                    push) {
                queue.start();
                awaitReady(queue);
                push.start();
                done = awaitAll(run, queue, push, admin);
            } catch (RunFailure e) {
                throw RunFailure.wentWrong(e.line());
            }
            long lag = admin.lag(admin.ends());
            return done ? report(expected, run, push, lag) : stopped(expected, run, push, lag, conf);
        }
    }

    private KqConf conf() {
        KqConf.Builder conf = KqConf.load(options.conf()).toBuilder();
        if (options.topic() != null) {
            conf.topics(List.of()).topic(options.topic());
        }
        if (options.group() != null) {
            conf.group(options.group());
        }
        return conf.build();
    }

    private static String topic(KqConf conf) {
        if (conf.topics().size() != 1) {
            throw RunFailure.cannotStart("the configuration must name one topic");
        }
        return conf.topics().get(0);
    }

    /** Waits until the group is there, for some seconds: what is pushed before has to wait for it. */
    private void awaitReady(KqQueue queue) throws InterruptedException {
        long deadline = System.nanoTime() + READY_NANOS;
        while (queue.lag().isEmpty() && System.nanoTime() < deadline && !signal.await(LOOK_MILLIS)) {
            // not yet
        }
    }

    /**
     * Waits until everything in the topic is handled and committed.
     *
     * @return false if a signal came before
     */
    private boolean awaitAll(PaymentsRun run, KqQueue queue, PaymentsPush push, TopicAdmin admin)
            throws InterruptedException {
        ProgressLine progress = new ProgressLine(out, terminal, System.nanoTime());
        try {
            return awaitAll(run, queue, push, admin, progress);
        } finally {
            progress.clear();
        }
    }

    private boolean awaitAll(PaymentsRun run, KqQueue queue, PaymentsPush push, TopicAdmin admin, ProgressLine progress)
            throws InterruptedException {
        Map<TopicPartition, Long> ends = Map.of();
        long moved = -1;
        long movedAt = System.nanoTime();
        while (!signal.await(LOOK_MILLIS)) {
            long now = System.nanoTime();
            long handled = run.own() + run.others();
            progress.update(
                    new ProgressLine.Moment(
                            push.acknowledged(), handled, queue.lag().orElse(-1)),
                    now);
            Throwable failure = push.failure();
            if (failure != null) {
                throw RunFailure.wentWrong(String.valueOf(failure.getMessage()));
            }
            if (push.ended() && run.own() >= push.acknowledged()) {
                ends = ends.isEmpty() ? admin.ends() : ends;
                if (admin.lag(ends) == 0) {
                    return true;
                }
            }
            long total = handled + push.acknowledged() + run.repeated();
            if (total != moved) {
                moved = total;
                movedAt = now;
            } else if (now - movedAt > STUCK_NANOS) {
                throw stuck(run, queue, push);
            }
        }
        return false;
    }

    private static RunFailure stuck(PaymentsRun run, KqQueue queue, PaymentsPush push) {
        List<String> reasons = queue.health().reasons();
        return RunFailure.wentWrong("nothing has moved for 90 s, " + count(push.acknowledged()) + " pushed, "
                + count(run.own()) + " handled: "
                + (reasons.isEmpty() ? "is another member of the group running?" : String.join("; ", reasons)));
    }

    private int report(PaymentTotals expected, PaymentsRun run, PaymentsPush push, long lag) {
        PaymentsReport report = new PaymentsReport(expected, run, run.lastHandled() - push.begin(), lag);
        report.print(out);
        return report.exitCode();
    }

    private int stopped(PaymentTotals expected, PaymentsRun run, PaymentsPush push, long lag, KqConf conf) {
        out.println("Stopped: " + count(push.acknowledged()) + " of " + count(expected.payments())
                + " payments pushed, " + count(run.own()) + " of them handled"
                + (run.others() > 0 ? ", " + count(run.others()) + " messages of earlier runs" : "") + ", " + count(lag)
                + " messages wait in topic " + topic(conf) + " for group " + conf.group());
        return 1;
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
