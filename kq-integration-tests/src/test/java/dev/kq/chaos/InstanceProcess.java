package dev.kq.chaos;

import dev.kq.testkit.guarantee.Event;
import dev.kq.testkit.guarantee.EventReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** One process of an instance: its JVM, its event log, and the signals it is sent. Thread-safe. */
final class InstanceProcess {
    private static final int LOG_TAIL = 40;

    private final String name;
    private final Path output;
    private final EventReader log;
    private final Process process;
    private final AtomicLong ended = new AtomicLong();
    private final Map<Integer, Long> committed = new ConcurrentHashMap<>();
    private final Map<Integer, Long> lastPoll = new ConcurrentHashMap<>();
    private volatile boolean terminated;
    private volatile boolean killed;
    private volatile Event status;

    /**
     * Starts it.
     *
     * @param patches folders with classes that replace those of the class path
     */
    InstanceProcess(String name, Path folder, List<Path> patches, List<String> arguments) throws IOException {
        this.name = name;
        this.output = folder.resolve(name + ".out");
        Path events = folder.resolve(name + ".events");
        this.log = new EventReader(events, this::note);
        List<String> classPath =
                new ArrayList<>(patches.stream().map(Path::toString).toList());
        classPath.add(System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                tool("java"),
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", // short-lived, and several share the machine
                "-cp",
                String.join(File.pathSeparator, classPath),
                ChaosInstance.class.getName(),
                "folder=" + folder,
                "name=" + name));
        command.addAll(arguments);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    private static String tool(String tool) {
        return Path.of(System.getProperty("java.home"), "bin", tool).toString();
    }

    private void note(Event event) {
        switch (event.kind()) {
            case ENDED -> ended.incrementAndGet();
            case COMMITTED -> committed.merge(event.partition(), event.offset(), Math::max);
            case POLLED -> lastPoll.put(event.partition(), event.nanos());
            case STATUS -> status = event;
            default -> {}
        }
    }

    /** Reads what the instance wrote since the last time. */
    void refresh() {
        log.refresh();
    }

    String name() {
        return name;
    }

    boolean alive() {
        return process.isAlive();
    }

    /** Whether it was told to end, one way or the other. */
    boolean wasTold() {
        return terminated || killed;
    }

    /** Whether its queue was started, so that it can be told to stop and will report. */
    boolean started() {
        return status != null;
    }

    /** Whether it gave a sign of life after that time. */
    boolean aliveSince(long nanos) {
        Event last = status;
        return last != null && last.nanos() > nanos;
    }

    /** Records that its handlers finished. */
    long handled() {
        return ended.get();
    }

    /** What the broker acknowledged to it as committed. */
    long committed(int partition) {
        return committed.getOrDefault(partition, 0L);
    }

    /** The sum over all partitions. */
    long committedInAll() {
        return committed.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Whether its last words on itself were that nothing is left to do and all is well. */
    boolean idleAndUp() {
        Event last = status;
        return last != null && last.offset() == 0 && last.text().equals("UP");
    }

    /** Whether it got records of the partition after the time given. */
    boolean polledSince(int partition, long nanos) {
        return lastPoll.getOrDefault(partition, Long.MIN_VALUE) > nanos;
    }

    /** SIGTERM. */
    void terminate() {
        terminated = true;
        process.toHandle().destroy(); // Process.destroy() ends its input too, which says that its parent is gone
    }

    /** SIGKILL. */
    void kill() {
        killed = true;
        process.destroyForcibly();
    }

    void freeze() {
        signal("-STOP");
    }

    void thaw() {
        signal("-CONT");
    }

    private void signal(String signal) {
        run("kill", signal, Long.toString(process.pid()));
    }

    /** Kills it if it runs, and waits until it is gone. */
    void end() {
        process.destroyForcibly().onExit().join();
    }

    /** Whether it was killed, so that it may have left everything. */
    boolean wasKilled() {
        return killed;
    }

    /** Meaningful when it has ended. */
    int exitCode() {
        return process.exitValue();
    }

    /** Everything that it wrote so far. */
    List<Event> events(Event.Kind kind) {
        log.refresh();
        return log.events().stream().filter(event -> event.kind() == kind).toList();
    }

    /** Tells its handlers how to behave. */
    void tell(Mood mood) {
        try {
            process.getOutputStream().write((mood.line() + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            // it has ended
        }
    }

    /** What its threads do at the moment, and the last lines of its log. */
    String state() {
        List<String> lines;
        try {
            lines = Files.readAllLines(output);
        } catch (IOException e) {
            lines = List.of(e.toString());
        }
        String tail = String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL), lines.size()));
        String threads = process.isAlive() ? run(tool("jstack"), Long.toString(process.pid())) : "(not running)";
        return "---- " + name + ", status " + status + ", log:\n" + tail + "\n---- " + name + ", threads:\n" + threads;
    }

    private static String run(String... command) {
        try {
            Path result = Files.createTempFile("kq-chaos", ".txt");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(result.toFile())
                        .start();
                if (!process.waitFor(10, TimeUnit.SECONDS)) { // jstack waits for a frozen JVM
                    process.destroyForcibly().waitFor();
                }
                return Files.readString(result);
            } finally {
                Files.delete(result);
            }
        } catch (IOException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return e.toString();
        }
    }
}
