/** Pushing messages to a topic. */
@NullMarked
package dev.kq.pusher;

import org.jspecify.annotations.NullMarked;
