/** Runnable examples. */
@NullMarked
package dev.kq.examples;

import org.jspecify.annotations.NullMarked;
