/**
 * Kafka as a queue: one configuration, one handler, as many workers as wanted, nothing lost.
 *
 * <p>{@link dev.kq.KqConf} says what to read and how, {@link dev.kq.KqQueue} does it, a handler
 * ({@link dev.kq.ConsumeHandler}, {@link dev.kq.MessageHandler}, {@link dev.kq.JsonHandler},
 * {@link dev.kq.BatchHandler} or {@link dev.kq.AsyncHandler}) is called for each message, and
 * {@link dev.kq.ServiceGroup} starts and stops queues with what belongs to them. The threads of a queue:
 *
 * <pre>
 *  Conns &times; Consumers fetchers                                Processors workers
 *
 *  fetcher 0 - KafkaConsumer -+                             +- worker 0 - handler
 *  fetcher 1 - KafkaConsumer -+-&gt; partitions -&gt; work queue -+- worker 1 - handler
 *  fetcher n - KafkaConsumer -+       ^                     +- worker m - handler
 *       |                             |                             |
 *       |                             +------ done, tried again, ---+
 *       v                                    or a dead letter
 *     broker: each second a commit of what has nothing unfinished before it
 * </pre>
 *
 * <p>A fetcher alone touches its consumer, and never waits for a handler outside of a rebalance or a stop. A worker
 * takes messages of any partition, but no two workers have messages of one key at the same time. Handlers are therefore
 * called by several threads at once. What takes no time is handled by the fetcher's thread in the place of a worker
 * that has nothing to do; if the handler keeps that thread after all, another one goes on fetching.
 */
@NullMarked
package dev.kq;

import org.jspecify.annotations.NullMarked;
