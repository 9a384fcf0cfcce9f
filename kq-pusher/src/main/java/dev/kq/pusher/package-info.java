/**
 * Pushing messages to a topic.
 *
 * <p>A {@link dev.kq.pusher.Pusher} is for one topic and for any thread; {@link dev.kq.pusher.KqPusherConf} is its
 * section in a file. The threads:
 *
 * <pre>
 *  callers                           one thread of Kafka's producer
 *
 *  thread 0 - push -+
 *  thread 1 - push -+-&gt; chunks -&gt; sends a chunk when it is full or  -&gt; brokers
 *  thread n - push -+     |       FlushInterval has passed, again                |
 *       ^                 |       if it failed                                   |
 *       |                 +- full: push waits, MaxBlock at most                  |
 *       +--------- the future of the push, or its callback  &lt;--------------------+
 * </pre>
 *
 * <p>Futures complete on the producer's thread, so what hangs on them must be short. A push is done when all in-sync
 * replicas have it, and of one key in the order of the pushes.
 */
@NullMarked
package dev.kq.pusher;

import org.jspecify.annotations.NullMarked;
