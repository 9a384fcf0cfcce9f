/**
 * The engine on a real broker. Everything is among the tests, in the package {@code dev.kq}; this file is here because
 * the build's tools want a class.
 */
@NullMarked
package dev.kq.integration;

import org.jspecify.annotations.NullMarked;
