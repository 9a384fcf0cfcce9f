package dev.kq.testkit;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.apache.kafka.common.utils.Exit;

/**
 * Holds every thread of one node, so that a broker that wants to end the JVM can be told from the rest of the JVM: its
 * wish becomes a failure of that node. Kafka's {@link Exit} is shared by the whole JVM; a call from a thread that is in
 * no such group still ends it.
 */
final class NodeThreads extends ThreadGroup {
    static {
        Exit.setExitProcedure((status, message) -> {
            refuse("exit", status, message);
            Runtime.getRuntime().exit(status);
        });
        Exit.setHaltProcedure((status, message) -> {
            refuse("halt", status, message);
            Runtime.getRuntime().halt(status);
        });
    }

    private final CompletableFuture<Throwable> failure;

    /** @param failure completed with the first fatal failure in one of these threads */
    NodeThreads(int node, CompletableFuture<Throwable> failure) {
        super("kq-testkit-node-" + node);
        this.failure = failure;
    }

    /** Runs the task in a new thread of this group; all threads that it starts belong to the group too. */
    <T> FutureTask<T> run(String what, Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = new Thread(this, future, getName() + "-" + what);
        thread.setDaemon(true);
        thread.start();
        return future;
    }

    /** Records a failure that the node does not survive. */
    void fail(Throwable cause) {
        failure.complete(cause);
    }

    private static void refuse(String verb, int status, String message) {
        for (ThreadGroup group = Thread.currentThread().getThreadGroup(); group != null; group = group.getParent()) {
            if (group instanceof NodeThreads node) {
                EmbeddedKafkaException failure = new EmbeddedKafkaException(node.getName() + " wanted to " + verb
                        + " the JVM with status " + status + (message == null ? "" : ": " + message));
                node.fail(failure);
                throw failure;
            }
        }
    }
}
