package dev.kq;

import org.apache.kafka.clients.consumer.RangeAssignor;

/** The three ways in which a group can share out its partitions. */
enum GroupMode {
    COOPERATIVE,
    EAGER,
    KIP_848;

    KqConf.Builder applyTo(KqConf.Builder conf) {
        if (this == KIP_848) {
            return conf.groupProtocol(GroupProtocol.CONSUMER);
        }
        conf.property("session.timeout.ms", "6000").property("heartbeat.interval.ms", "500");
        if (this == EAGER) {
            conf.property("partition.assignment.strategy", RangeAssignor.class.getName());
        }
        return conf;
    }
}
