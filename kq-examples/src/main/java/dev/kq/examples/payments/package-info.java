/** The payments pipeline: a program that is more than an example of one thing. */
@NullMarked
package dev.kq.examples.payments;

import org.jspecify.annotations.NullMarked;
