/**
 * For tests of what handles messages: {@link dev.kq.testkit.KqTester} without a broker,
 * {@link dev.kq.testkit.EmbeddedKafka} with one in this JVM, {@link dev.kq.testkit.ForkedKafka} with nodes in processes
 * of their own, {@link dev.kq.testkit.TcpProxy} for a bad network.
 */
@NullMarked
package dev.kq.testkit;

import org.jspecify.annotations.NullMarked;
