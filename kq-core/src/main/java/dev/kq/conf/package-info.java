/**
 * Reads configuration files into checked values, and reports every problem at once with its place in the file; sets
 * Logback up as such a file says.
 */
@NullMarked
package dev.kq.conf;

import org.jspecify.annotations.NullMarked;
