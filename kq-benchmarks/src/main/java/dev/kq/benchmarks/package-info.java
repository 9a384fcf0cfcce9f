/** Measurements of kq against what it is built on. */
@NullMarked
package dev.kq.benchmarks;

import org.jspecify.annotations.NullMarked;
