package dev.kq;

/** What the {@code Processors} workers of a queue run on. Default: {@link #PLATFORM}. YAML: {@code Workers}. */
public enum WorkerKind {
    /** One platform thread per worker: the right choice up to a few hundred workers. */
    PLATFORM,
    /** One virtual thread per worker, for thousands of workers that wait a lot. Needs a JDK 21 or later. */
    VIRTUAL
}
