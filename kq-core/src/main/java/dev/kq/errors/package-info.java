/** What all exceptions of kq have in common, below all other packages of kq. */
@NullMarked
package dev.kq.errors;

import org.jspecify.annotations.NullMarked;
