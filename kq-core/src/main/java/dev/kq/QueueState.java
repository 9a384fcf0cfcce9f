package dev.kq;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Puts all that there is to see of one queue into JSON, without secrets, keys and values. Reads what others own and
 * changes nothing; any thread.
 */
final class QueueState {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Engine engine;

    QueueState(Engine engine) {
        this.engine = engine;
    }

    ObjectNode toJson() {
        ObjectNode json = health(engine.conf.name(), engine.liveness.health(System.nanoTime()));
        json.put("group", engine.conf.group());
        known(json, "lag", engine.lag().orElse(-1));
        json.put("held", engine.partitions.held());
        json.put("processors", engine.workers.count());
        json.put("idleProcessors", engine.work.idleWorkers());
        json.set("paused", pauses());
        json.set("inHandler", oldest());
        json.set("counters", counted());
        json.set("partitions", partitions(json));
        json.set("fetchers", loops());
        json.set("errors", failures());
        ObjectNode settings = json.putObject("settings");
        KqConfKeys.SECTION
                .shown(engine.conf.toBuilder().name(engine.conf.name()))
                .forEach(settings::put);
        return json;
    }

    /** The part that says whether the queue is well. */
    static ObjectNode health(String name, Health health) {
        ObjectNode json = JSON.objectNode();
        json.put("name", name);
        json.put("status", health.status().name());
        json.put("live", health.live());
        json.put("ready", health.ready());
        health.reasons().forEach(json.putArray("reasons")::add);
        return json;
    }

    private ObjectNode pauses() {
        int full = 0;
        int unreadable = 0;
        for (Fetcher fetcher : engine.fetchers) {
            full += fetcher.pauses().full();
            unreadable += fetcher.pauses().unreadable();
        }
        return JSON.objectNode()
                .put("byUser", engine.work.paused())
                .put("partitionsFull", full)
                .put("partitionsUnreadable", unreadable);
    }

    /** The record that has been in a handler for longest. */
    private ObjectNode oldest() {
        long now = System.nanoTime();
        Run oldest = null;
        for (Run run : engine.runs.all()) {
            if (run.busyNanos(now) > (oldest == null ? 0 : oldest.busyNanos(now))) {
                oldest = run;
            }
        }
        PartitionQueue partition = oldest == null ? null : oldest.partition;
        ObjectNode json = JSON.objectNode();
        json.put("oldestSeconds", oldest == null ? 0 : seconds(oldest.busyNanos(now)));
        long offset = oldest == null || partition == null ? -1 : partition.beingHandled(oldest);
        json.put("oldest", partition == null || offset < 0 ? null : partition.topicPartition() + "@" + offset);
        return json;
    }

    private ArrayNode partitions(ObjectNode sums) {
        ArrayNode all = JSON.arrayNode();
        long inFlight = 0;
        long lanes = 0;
        for (int i = 0; i < engine.fetchers.size(); i++) {
            for (OwnedPartition partition : engine.fetchers.get(i).owned()) {
                PartitionQueue.Look look = partition.look();
                inFlight += look.running();
                lanes += look.lanes();
                ObjectNode json = all.addObject();
                json.put("topic", partition.topicPartition().topic());
                json.put("partition", partition.topicPartition().partition());
                json.put("fetcher", i);
                known(json, "lag", partition.lag());
                known(json, "committed", partition.committed());
                known(json, "watermark", look.watermark());
                known(json, "position", look.position());
                json.put("gap", look.gap());
                json.put("held", look.held());
                json.put("ready", look.ready());
                json.put("inFlight", look.running());
                json.put("lanes", look.lanes());
            }
        }
        sums.put("inFlight", inFlight);
        sums.put("lanes", lanes);
        return all;
    }

    private static void known(ObjectNode json, String name, long value) {
        json.set(name, value < 0 ? JSON.nullNode() : JSON.numberNode(value));
    }

    /** To the millisecond. */
    private static double seconds(long nanos) {
        return Math.rint(nanos / 1e6) / 1e3;
    }

    private ArrayNode loops() {
        long now = System.nanoTime();
        ArrayNode all = JSON.arrayNode();
        for (int i = 0; i < engine.fetchers.size(); i++) {
            Fetcher fetcher = engine.fetchers.get(i);
            all.addObject()
                    .put("number", i)
                    .put("joined", fetcher.joined())
                    .put("partitions", fetcher.owned().size())
                    .put("silentSeconds", seconds(fetcher.silentNanos(now)));
        }
        return all;
    }

    private ObjectNode counted() {
        return JSON.objectNode()
                .put("handled", engine.counters.handled.sum())
                .put("failed", engine.counters.failed.sum())
                .put("retried", engine.counters.retried.sum())
                .put("deadLettered", engine.counters.deadLettered.sum())
                .put("skipped", engine.counters.skipped.sum())
                .put("unreadable", engine.counters.unreadable.sum())
                .put("givenBack", engine.counters.givenBack.sum())
                .put("commits", engine.counters.commits.sum())
                .put("commitFailures", engine.counters.commitFailures.sum())
                .put("rebalances", engine.counters.rebalances.sum());
    }

    private ArrayNode failures() {
        ArrayNode all = JSON.arrayNode();
        for (LastErrors.Failure failure : engine.errors.all()) {
            all.addObject()
                    .put("time", failure.time().toString())
                    .put("topic", failure.topic())
                    .put("partition", failure.partition())
                    .put("offset", failure.offset())
                    .put("attempt", failure.attempt())
                    .put("exception", failure.exception())
                    .put("message", failure.text());
        }
        return all;
    }
}
