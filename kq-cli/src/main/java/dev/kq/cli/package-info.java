/** The command {@code kq}: operations from a shell. */
@NullMarked
package dev.kq.cli;

import org.jspecify.annotations.NullMarked;
