package dev.kq.chaos;

import dev.kq.chaos.Setting.TopicKind;
import dev.kq.testkit.EmbeddedKafka;
import dev.kq.testkit.guarantee.Evidence;
import dev.kq.testkit.guarantee.EvidenceBuilder;
import dev.kq.testkit.guarantee.Guarantees;
import dev.kq.testkit.guarantee.Verdict;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs {@link SmallRound}s on the engine as it is or on a broken one, and checks what they leave. */
final class SmallRounds {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private SmallRounds() {}

    /** A broker that compacts soon. */
    static EmbeddedKafka kafka() {
        return EmbeddedKafka.builder()
                .brokerProperty("log.cleaner.backoff.ms", "200")
                .start();
    }

    static Verdict intact(EmbeddedKafka kafka, Path folder, Setting setting, long seed, int cycles) throws Exception {
        Map<String, String> arguments = arguments(kafka, folder, setting, seed, cycles);
        arguments.put("longestStep", "PT60S");
        SmallRound.run(arguments);
        return check(kafka, folder, setting, arguments);
    }

    /** @param classes the folder with the classes that are broken */
    static Verdict broken(EmbeddedKafka kafka, Path folder, Path classes, Setting setting, long seed, int cycles)
            throws Exception {
        Map<String, String> arguments = arguments(kafka, folder, setting, seed, cycles);
        arguments.put("longestStep", "PT20S"); // a broken one may get nowhere
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader = loader(classes)) {
            Thread.currentThread().setContextClassLoader(loader); // where Kafka looks for its classes
            Method run = loader.loadClass(SmallRound.class.getName()).getDeclaredMethod("run", Map.class);
            run.setAccessible(true);
            run.invoke(null, arguments);
        } catch (InvocationTargetException e) {
            // It came to no end, or to a bad one; the checks say which.
            System.out.println("The round with the broken engine ended with " + e.getCause());
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
        return check(kafka, folder, setting, arguments);
    }

    private static URLClassLoader loader(Path classes) throws IOException {
        List<URL> urls = new ArrayList<>();
        urls.add(classes.toUri().toURL());
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    private static Map<String, String> arguments(
            EmbeddedKafka kafka, Path folder, Setting setting, long seed, int cycles) {
        String topic = "small-" + COUNT.incrementAndGet();
        kafka.createTopic(topic, 4, 1, setting.topic().configs());
        kafka.createTopic(topic + "-dead", 1, 1, Map.of("message.timestamp.type", "LogAppendTime"));
        Map<String, String> arguments = new HashMap<>();
        arguments.put("folder", folder.toString());
        arguments.put("brokers", kafka.bootstrapServers());
        arguments.put("topic", topic);
        arguments.put("dead", topic + "-dead");
        arguments.put("seed", Long.toString(seed));
        arguments.put("cycles", Integer.toString(cycles));
        arguments.put("group", setting.group().name());
        arguments.put("workers", setting.workers().name());
        arguments.put("ordering", setting.ordering().name());
        arguments.put("kind", setting.topic().name());
        return arguments;
    }

    private static Verdict check(EmbeddedKafka kafka, Path folder, Setting setting, Map<String, String> arguments) {
        EvidenceBuilder evidence = Evidence.in(folder)
                .ordering(setting.ordering())
                .broker(kafka.clientProperties(), arguments.get("topic"), arguments.get("topic"))
                .deadLetters(kafka.clientProperties(), arguments.get("dead"), arguments.get("topic"));
        if (setting.topic() == TopicKind.COMPACTED) {
            evidence.compacted();
        }
        Verdict verdict = Guarantees.check(evidence.collect());
        System.out.println(setting + ", seed " + arguments.get("seed") + ": " + verdict);
        return verdict;
    }
}
