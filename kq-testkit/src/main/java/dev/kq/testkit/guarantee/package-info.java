/**
 * What a queue promises, as checks that can be run over what really happened: an {@link EventLog} in each process, the
 * {@link Evidence} collected from all of them and from the brokers, and {@link Guarantees}, which says what was broken.
 *
 * <p>The brokers may be anywhere, also in production; the processes must run on one machine, because their events are
 * compared by its monotonic clock.
 *
 * <pre>{@code
 * // in each process
 * try (EventLog log = EventLog.open(folder, "orders-1", "orders")) {
 *     KqConf conf = KqConf.builder()....properties(log.consumerProperties()).build();
 *     try (KqQueue queue = KqQueue.builder(conf).interceptor(log.interceptor()).handler(handler).build()) {
 *         queue.start();
 *         ...
 *         log.stopped(queue.stop());
 *     }
 * }
 *
 * // when all have stopped
 * Evidence evidence = Evidence.in(folder)
 *         .killed("orders-2")
 *         .broker(Map.of("bootstrap.servers", "kafka:9092"), "orders", "my-group")
 *         .collect();
 * Guarantees.check(evidence).assertKept();
 * }</pre>
 */
@NullMarked
package dev.kq.testkit.guarantee;

import org.jspecify.annotations.NullMarked;
