package dev.kq;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The tests of this class and of the classes nested in it talk to a Kafka in a container. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@interface InContainer {
    KafkaImage value();
}
