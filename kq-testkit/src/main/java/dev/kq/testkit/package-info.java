/** A real Kafka broker in this JVM. */
@NullMarked
package dev.kq.testkit;

import org.jspecify.annotations.NullMarked;
