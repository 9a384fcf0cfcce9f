package dev.kq;

/**
 * How the fetchers agree with the broker on who reads which partition. Default: {@link #CLASSIC}. Kafka:
 * {@code group.protocol}.
 */
public enum GroupProtocol {
    /**
     * The protocol of every broker since 0.9, with cooperative-sticky assignment: moved partitions only stop briefly.
     */
    CLASSIC,
    /** The broker-side protocol of KIP-848. Needs brokers of version 4.0 or later. */
    CONSUMER
}
