package dev.kq.chaos;

import dev.kq.testkit.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** Every kind of fault, and how one is drawn. */
final class Faults {
    private static final Duration LONGER_THAN_A_SESSION = Duration.ofSeconds(8);

    private Faults() {}

    /** A fault that hits instances or their handlers. */
    static Fault ofInstances(Random random, int instances) {
        int victim = random.nextInt(instances);
        return switch (random.nextInt(12)) {
            case 0, 1 -> new Restart(victim);
            case 2, 3 -> new Crash(victim);
            case 4, 5 -> new Freeze(victim, LONGER_THAN_A_SESSION.plusMillis(random.nextInt(3_000)));
            case 6 -> new Churn();
            case 7 -> new HeldUpStop(victim, (victim + 1 + random.nextInt(instances - 1)) % instances, instances);
            case 8 -> new Slow(20 + random.nextInt(80), millis(random, 2_000, 6_000));
            case 9 -> new Failing(20 + random.nextInt(180), random.nextInt(20), millis(random, 2_000, 6_000));
            case 10 -> new Burst(millis(random, 1_000, 4_000));
            default -> new CrashTwice(victim, (victim + 1) % instances);
        };
    }

    /** A fault that hits brokers, the network or the topics. */
    static Fault ofBrokers(Random random) {
        int node = random.nextInt(Cluster.NODES);
        return switch (random.nextInt(12)) {
            case 0 -> new StopNode(node, millis(random, 500, 4_000));
            case 1, 2 -> new KillNode(node, millis(random, 500, 5_000));
            case 3 -> new MoveLeaders(false);
            case 4 -> new MoveLeaders(true);
            case 5 -> new AddPartition();
            case 6 -> new Latency(node, Duration.ofMillis(50 + random.nextInt(450)), millis(random, 2_000, 6_000));
            case 7 -> new Bandwidth(node, 2_000 + random.nextInt(20_000), millis(random, 2_000, 6_000));
            case 8 -> new Reset(node);
            case 9 -> new HalfOpen(node, millis(random, 1_000, 6_000));
            case 10 -> new Down(node, millis(random, 1_000, 5_000));
            default -> new DeadLettersAway(millis(random, 3_000, 8_000));
        };
    }

    private static Duration millis(Random random, int least, int most) {
        return Duration.ofMillis(least + random.nextInt(most - least));
    }

    /** Handlers behave in another way for a while. */
    private interface OfHandlers extends Fault {
        @Override
        default void end(World world) {
            world.mood(Round.CALM);
        }
    }

    /** A node is gone for a while. */
    private interface OfNode extends Fault {
        int node();

        @Override
        default void end(World world) {
            world.cluster().kafka().startNode(node());
            world.await(
                    "node " + node() + " catches up",
                    () -> world.cluster().inSync(List.of(world.topic(), world.deadLetterTopic(), Cluster.GROUPS)));
        }

        @Override
        default boolean hitsAll() {
            return true;
        }
    }

    /** The network between clients and a node is bad for a while. */
    private interface OfNetwork extends Fault {
        int node();

        @Override
        default void end(World world) {
            proxy(world, node()).restore();
        }

        @Override
        default boolean hitsAll() {
            return true;
        }
    }

    /** SIGTERM, and a new start when it has ended. */
    record Restart(int instance) implements Fault {
        @Override
        public void begin(World world) {
            InstanceProcess process = world.instance(instance);
            process.terminate();
            world.await(process.name() + " stops", () -> !process.alive());
        }

        @Override
        public void end(World world) {
            start(world, instance);
        }

        @Override
        public String toString() {
            return "stop and start of instance " + instance;
        }
    }

    /** SIGKILL, and a new start. */
    record Crash(int instance) implements Fault {
        @Override
        public void begin(World world) {
            kill(world, instance);
        }

        @Override
        public void end(World world) {
            start(world, instance);
        }

        @Override
        public String toString() {
            return "kill -9 of instance " + instance;
        }
    }

    /** SIGKILL of two at once. */
    record CrashTwice(int instance, int other) implements Fault {
        @Override
        public void begin(World world) {
            kill(world, instance);
            kill(world, other);
        }

        @Override
        public void end(World world) {
            start(world, instance);
            start(world, other);
        }

        @Override
        public String toString() {
            return "kill -9 of instances " + instance + " and " + other;
        }
    }

    /** SIGSTOP until its session is over and others have its partitions, then SIGCONT: a zombie. */
    record Freeze(int instance, Duration lasts) implements Fault {
        @Override
        public void begin(World world) {
            world.instance(instance).freeze();
        }

        @Override
        public void end(World world) {
            InstanceProcess process = world.instance(instance);
            process.thaw();
            long now = System.nanoTime();
            world.await(process.name() + " is back", () -> process.aliveSince(now));
        }

        @Override
        public String toString() {
            return "freeze of instance " + instance + " for " + lasts.toMillis() + " ms";
        }
    }

    /** All stop at the same time, and start at the same time. */
    record Churn() implements Fault {
        @Override
        public void begin(World world) {
            List<InstanceProcess> all =
                    world.instances().stream().map(world::instance).toList();
            all.forEach(InstanceProcess::terminate);
            world.await("all stop", () -> all.stream().noneMatch(InstanceProcess::alive));
        }

        @Override
        public void end(World world) {
            world.instances().forEach(world::start);
            world.instances().forEach(i -> awaitStarted(world, i));
        }

        @Override
        public String toString() {
            return "stop and start of all instances";
        }
    }

    /**
     * One is frozen, so that the rebalance that a further one begins waits for it; SIGTERM of another, which takes part
     * in that rebalance already; SIGCONT. The further one takes the place of the stopped one.
     */
    record HeldUpStop(int stopped, int frozen, int joining) implements Fault {
        @Override
        public void begin(World world) {
            InstanceProcess stopping = world.instance(stopped);
            world.instance(frozen).freeze();
            start(world, joining);
            stopping.terminate();
        }

        @Override
        public Duration lasts() {
            return Duration.ofSeconds(2);
        }

        @Override
        public void end(World world) {
            InstanceProcess stopping = world.instance(stopped);
            world.instance(frozen).thaw();
            world.await(stopping.name() + " stops", () -> !stopping.alive());
            start(world, stopped);
            InstanceProcess extra = world.instance(joining);
            extra.terminate();
            world.await(extra.name() + " stops", () -> !extra.alive());
            world.remove(joining);
        }

        @Override
        public String toString() {
            return "stop of instance " + stopped + " while instance " + frozen + " holds up a rebalance";
        }
    }

    /** Handlers that take long. */
    record Slow(int slowestMillis, Duration lasts) implements OfHandlers {
        @Override
        public void begin(World world) {
            world.mood(new Mood(slowestMillis, 0, 0, 0));
        }

        @Override
        public String toString() {
            return "handlers take up to " + slowestMillis + " ms for " + lasts.toMillis() + " ms";
        }
    }

    /** Handlers that fail, some of them for good. */
    record Failing(int failPerMille, int deadPerMille, Duration lasts) implements OfHandlers {
        @Override
        public void begin(World world) {
            world.mood(new Mood(Round.CALM.slowestMillis(), failPerMille, deadPerMille, 0));
        }

        @Override
        public String toString() {
            return "of 1000 attempts " + failPerMille + " fail and " + deadPerMille + " make a dead letter for "
                    + lasts.toMillis() + " ms";
        }
    }

    /** All handlers wait, and go on at once. */
    record Burst(Duration lasts) implements OfHandlers {
        @Override
        public void begin(World world) {
            world.mood(new Mood(0, 0, 0, System.nanoTime() + lasts.toNanos()));
        }

        @Override
        public String toString() {
            return "all handlers wait for " + lasts.toMillis() + " ms and go on at once";
        }
    }

    /** A node stops as it should, and starts again. */
    record StopNode(int node, Duration lasts) implements OfNode {
        @Override
        public void begin(World world) {
            world.cluster().kafka().stopNode(node);
        }

        @Override
        public String toString() {
            return "stop of node " + node + " for " + lasts.toMillis() + " ms";
        }
    }

    /** A node is killed, and starts again. */
    record KillNode(int node, Duration lasts) implements OfNode {
        @Override
        public void begin(World world) {
            world.cluster().kafka().killNode(node);
        }

        @Override
        public String toString() {
            return "kill -9 of node " + node + " for " + lasts.toMillis() + " ms";
        }
    }

    /** Other nodes become the leaders of the topic, or the coordinators of the groups. */
    record MoveLeaders(boolean coordinators) implements Fault {
        @Override
        public void begin(World world) {
            world.cluster().moveLeaders(coordinators ? Cluster.GROUPS : world.topic());
        }

        @Override
        public boolean hitsAll() {
            return true;
        }

        @Override
        public String toString() {
            return coordinators ? "all group coordinators move" : "all leaders move";
        }
    }

    /** The topic gets one more partition, up to a limit. */
    record AddPartition() implements Fault {
        private static final int MOST = 9;

        @Override
        public void begin(World world) {
            if (world.cluster().partitions(world.topic()) < MOST) {
                world.cluster().addPartition(world.topic());
            }
        }

        @Override
        public boolean hitsAll() {
            return true; // every member joins anew
        }

        @Override
        public String toString() {
            return "one more partition";
        }
    }

    /** The connections to a node are slow. */
    record Latency(int node, Duration each, Duration lasts) implements OfNetwork {
        @Override
        public void begin(World world) {
            proxy(world, node).latency(each);
        }

        @Override
        public String toString() {
            return "latency of " + each.toMillis() + " ms to node " + node + " for " + lasts.toMillis() + " ms";
        }
    }

    /** The connections to a node carry little. */
    record Bandwidth(int node, int bytesPerSecond, Duration lasts) implements OfNetwork {
        @Override
        public void begin(World world) {
            proxy(world, node).bandwidth(bytesPerSecond);
        }

        @Override
        public String toString() {
            return bytesPerSecond + " bytes/s to node " + node + " for " + lasts.toMillis() + " ms";
        }
    }

    /** All connections to a node are reset. */
    record Reset(int node) implements Fault {
        @Override
        public void begin(World world) {
            proxy(world, node).resetConnections();
        }

        @Override
        public boolean hitsAll() {
            return true;
        }

        @Override
        public String toString() {
            return "reset of all connections to node " + node;
        }
    }

    /** The connections to a node go silent. */
    record HalfOpen(int node, Duration lasts) implements OfNetwork {
        @Override
        public void begin(World world) {
            proxy(world, node).halfOpen();
        }

        @Override
        public String toString() {
            return "half-open connections to node " + node + " for " + lasts.toMillis() + " ms";
        }
    }

    /** A node cannot be reached by clients; the other nodes reach it. */
    record Down(int node, Duration lasts) implements OfNetwork {
        @Override
        public void begin(World world) {
            proxy(world, node).down();
        }

        @Override
        public String toString() {
            return "node " + node + " cannot be reached for " + lasts.toMillis() + " ms";
        }
    }

    /** The dead-letter topic takes no records. */
    record DeadLettersAway(Duration lasts) implements Fault {
        @Override
        public void begin(World world) {
            world.cluster().acceptRecords(world.deadLetterTopic(), false);
        }

        @Override
        public void end(World world) {
            world.cluster().acceptRecords(world.deadLetterTopic(), true);
        }

        @Override
        public String toString() {
            return "the dead-letter topic takes nothing for " + lasts.toMillis() + " ms";
        }
    }

    private static void kill(World world, int instance) {
        InstanceProcess process = world.instance(instance);
        process.kill();
        world.await(process.name() + " dies", () -> !process.alive());
    }

    private static void start(World world, int instance) {
        world.start(instance);
        awaitStarted(world, instance);
    }

    private static void awaitStarted(World world, int instance) {
        InstanceProcess process = world.instance(instance);
        world.await(process.name() + " starts", process::started);
    }

    private static TcpProxy proxy(World world, int node) {
        return world.cluster().kafka().proxy(node);
    }
}
