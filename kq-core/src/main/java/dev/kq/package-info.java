/** Kafka as a queue: one configuration, one handler, as many workers as wanted, nothing lost. */
@NullMarked
package dev.kq;

import org.jspecify.annotations.NullMarked;
