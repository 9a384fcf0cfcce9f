/** Runnable examples, each a file of its own: what it shows is in its {@code main}. */
@NullMarked
package dev.kq.examples;

import org.jspecify.annotations.NullMarked;
