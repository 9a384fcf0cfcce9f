package dev.kq.chaos;

import java.util.List;
import java.util.function.BooleanSupplier;

/** What faults can reach. Thread-safe. */
interface World {
    Cluster cluster();

    String topic();

    String deadLetterTopic();

    /** The instances that should run, by number. */
    List<Integer> instances();

    InstanceProcess instance(int number);

    /** Starts a process of the instance, in place of the one before. */
    void start(int instance);

    /** Gives the instance up for good. */
    void remove(int instance);

    /** How the handlers of all instances behave from now on. */
    void mood(Mood mood);

    /** Waits for it, for at most a minute and a half. */
    void await(String what, BooleanSupplier condition);
}
