package dev.kq.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How near contenders come to the ideal with handlers that sleep: their number divided by what one took, in the mean.
 */
final class SleepingHandlers {
    private SleepingHandlers() {}

    /** @param handlersByMillis how many handlers at a time, for each time that one sleeps */
    static Table measure(QueueRig rig, int warmUps, int rounds, Map<Integer, List<Integer>> handlersByMillis) {
        Table table = new Table(Table.join(
                new String[] {"sleeps ms", "handlers", "contender", "records/s", "of ideal", "CPU µs/record"},
                QueueTurns.Result.MEMORY));
        handlersByMillis.forEach(
                (millis, counts) -> counts.forEach(handlers -> measure(rig, warmUps, rounds, millis, handlers, table)));
        return table;
    }

    private static void measure(QueueRig rig, int warmUps, int rounds, int millis, int handlers, Table table) {
        List<String> names = contenders(handlers);
        QueueJob job = rig.job(QueueRig.MANY, "sleep:" + millis * 1000)
                .lasting(2500)
                .with(QueueJob.SETTLE_MILLIS, 2000)
                .with(QueueJob.HANDLERS, handlers)
                .with(QueueJob.IN_FLIGHT, Math.max(QueueRig.IN_FLIGHT, handlers / 2));
        Progress.say(handlers + " handlers that sleep " + millis + " ms");
        try (QueueTurns turns = new QueueTurns(names)) {
            QueueTurns.Result result = turns.take(warmUps, rounds, name -> job);
            for (String name : names) {
                double perSecond = result.median(name, QueueFigures.PER_SECOND);
                double ideal = handlers * 1e6 / result.median(name, QueueFigures.HANDLER_MICROS);
                table.row(Table.join(
                        new String[] {
                            String.valueOf(millis),
                            Table.whole(handlers),
                            name,
                            Table.whole(perSecond),
                            Table.decimals(perSecond / ideal),
                            Table.decimals(result.median(name, QueueFigures.CPU_NANOS) / 1000)
                        },
                        result.memory(name)));
            }
        }
    }

    /** Nobody has ten thousand platform threads. */
    private static List<String> contenders(int handlers) {
        List<String> names = new ArrayList<>();
        if (handlers <= 1000) {
            names.addAll(List.of(
                    QueueContenders.KQ,
                    QueueContenders.BARRIER,
                    QueueContenders.PARALLEL_UNORDERED,
                    QueueContenders.PARALLEL_KEY));
        }
        if (QueueRig.virtualThreads()) {
            names.addAll(List.of(QueueContenders.KQ_VIRTUAL, QueueContenders.VIRTUAL));
        }
        return names;
    }
}
