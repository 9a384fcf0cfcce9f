/** kq in a Spring Boot application. */
@NullMarked
package dev.kq.examples.spring;

import org.jspecify.annotations.NullMarked;
