package dev.kq.examples.payments;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import java.io.IOException;
import java.io.PrintStream;

/**
 * Pushes payments from a file and adds them up on the other side of a real Kafka. They are keyed by account; it checks
 * that the totals per currency are those of the file. See {@code --help}.
 */
public final class PaymentsPipeline {
    private PaymentsPipeline() {}

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
        return RunFailure.exitCode(err, signal, () -> {
            if (PaymentsOptions.wantsHelp(args)) {
                out.print(PaymentsOptions.HELP);
                return 0;
            }
            return run(PaymentsOptions.parse(args), out, signal);
        });
    }

    private static int run(PaymentsOptions options, PrintStream out, StopSignal signal)
            throws IOException, InterruptedException {
        PaymentTotals expected = new PaymentFile(options.input()).totals().times(options.repeat());
        out.println(PaymentsReport.count(expected.payments()) + " payments to push, from " + options.input());
        KqConf written = options.before(KqConf.load(options.conf()));
        String topic = written.topics().get(0);
        try (HandledFile handled = new HandledFile(options.handled());
                Cluster cluster = Cluster.of(written, options.brokers());
                TopicAdmin admin = new TopicAdmin(cluster.conf(), topic)) {
            KqConf conf = cluster.conf();
            if (signal.requested()) {
                throw RunFailure.wentWrong("nothing was pushed yet");
            }
            boolean created = admin.createIfMissing();
            out.println(
                    "Topic " + topic + (created ? " (new)" : "") + " on " + cluster.name() + ", group " + conf.group());

            PaymentsRun run = new PaymentsRun(handled);
            KqQueue queue = KqQueue.builder(conf).messageHandler(run).build();
            PaymentsPush push = new PaymentsPush(options, conf, topic, run);
            PaymentsWatch watch = new PaymentsWatch(out, signal, run, queue, push, admin);
            boolean done;
            long lag;
            try {
                try (queue;
                        push) {
                    queue.start();
                    watch.awaitReady();
                    push.start();
                    done = watch.awaitAll();
                }
                lag = admin.lag(admin.ends());
            } catch (RunFailure e) {
                throw RunFailure.wentWrong(e.line());
            }

            PaymentsReport report = new PaymentsReport(expected, run, run.lastHandled() - push.begin(), lag);
            if (!done) {
                report.printStopped(out, push.acknowledged(), topic, conf.group());
                return 1;
            }
            report.print(out);
            return report.exitCode();
        }
    }
}
