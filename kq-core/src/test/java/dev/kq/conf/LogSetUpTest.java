package dev.kq.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.TimeBasedRollingPolicy;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kq.Eventually;
import dev.kq.errors.KqException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.helpers.BasicMDCAdapter;
import org.slf4j.helpers.SubstituteLoggerFactory;

/** In a Logback context of its own: that of the tests stays as it is. */
class LogSetUpTest {
    @TempDir
    private Path folder;

    private final LoggerContext context = new LoggerContext();

    LogSetUpTest() {
        context.setMDCAdapter(new BasicMDCAdapter());
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private void setUp(String log) {
        ServiceConf conf = ServiceConf.parse("Name: orders\nLog: {Path: '" + folder + "', " + log + "}");
        LogSetUp.apply(context, conf.log(), conf.name());
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(folder.resolve("access.log"));
    }

    private JsonNode json(int line) throws IOException {
        return new ObjectMapper().readTree(lines().get(line));
    }

    @Test
    void json_hasTheFieldsOfGoZero() throws Exception {
        setUp("Mode: file");
        context.getMDCAdapter().put("trace_id", "t1");
        context.getMDCAdapter().put("spanId", "s1");
        context.getMDCAdapter().put("tenant", "x");

        Logger logger = context.getLogger("app.Orders");
        logger.info("paid {} \"twice\"\n\uD800", 7);
        logger.atWarn().addKeyValue("duration", "3ms").addKeyValue("n", 1).log("slow");
        logger.error("broken", new IllegalStateException("why"));

        JsonNode first = json(0);
        assertThat(first.fieldNames())
                .toIterable()
                .startsWith("@timestamp", "level", "content", "caller")
                .containsOnlyOnce("trace", "span", "tenant");
        assertThat(ZonedDateTime.parse(first.get("@timestamp").asText()).toInstant())
                .isBetween(Instant.now().minusSeconds(60), Instant.now());
        assertThat(first.get("level").asText()).isEqualTo("info");
        assertThat(first.get("content").asText()).isEqualTo("paid 7 \"twice\"\n?");
        assertThat(first.get("caller").asText()).isEqualTo("app.Orders");
        assertThat(first.get("trace").asText()).isEqualTo("t1");
        assertThat(json(1).get("level").asText()).isEqualTo("warn");
        assertThat(json(1).get("duration").asText()).isEqualTo("3ms");
        assertThat(json(1).get("n").asText()).isEqualTo("1");
        assertThat(json(2).get("content").asText())
                .startsWith("broken\njava.lang.IllegalStateException: why\n")
                .contains("at " + LogSetUpTest.class.getName());
    }

    @Test
    void json_honoursFieldKeys_andMaxContentLength() throws Exception {
        setUp("Mode: file, MaxContentLength: 3, TimeFormat: '15:04', FieldKeys: {TimestampKey: ts, ContentKey: msg}");

        context.getLogger("a").info("abcdef");

        assertThat(json(0).get("msg").asText()).isEqualTo("abc");
        assertThat(json(0).get("truncated").asBoolean()).isTrue();
        assertThat(json(0).get("ts").asText()).matches("[0-2][0-9]:[0-5][0-9]");
    }

    @Test
    void plain_isTimeLevelContent_andTheRestWithNames() throws Exception {
        setUp("Mode: file, Encoding: plain");

        context.getLogger("a.B").info("hello");

        assertThat(lines()).singleElement().asString().matches("[0-9T:.-]+(Z|[+-][0-9:]+)\tinfo\thello\tcaller=a.B");
    }

    @Test
    void level_isThatOfTheRoot_andOtherLoggersKeepTheirs() throws Exception {
        context.getLogger("mine").setLevel(Level.DEBUG);
        setUp("Mode: file, Level: error");

        context.getLogger("a").warn("no");
        context.getLogger("a").error("yes");
        context.getLogger("mine").debug("mine");

        assertThat(lines()).hasSize(2);
        assertThat(context.getLogger("org.apache.kafka").getLevel()).isEqualTo(Level.WARN);
    }

    @Test
    void rootAppenders_areReplaced_othersStay() {
        ListAppender<ILoggingEvent> root = started();
        ListAppender<ILoggingEvent> own = started();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(root);
        context.getLogger("mine").addAppender(own);
        setUp("Mode: file");

        context.getLogger("mine").info("x");

        assertThat(root.list).isEmpty();
        assertThat(root.isStarted()).isFalse();
        assertThat(own.list).hasSize(1);
    }

    @Test
    void console_writesToStandardOutput() {
        setUp("Mode: console");

        assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("kq"))
                .isInstanceOfSatisfying(
                        ch.qos.logback.core.ConsoleAppender.class,
                        console -> assertThat(console.getTarget()).isEqualTo("System.out"));
    }

    @Test
    void volume_hasAFolderForTheServiceAndTheHost() throws Exception {
        setUp("Mode: volume, ServiceName: billing");
        context.getLogger("a").info("x");

        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> folder.relativize(file).toString()))
                    .singleElement()
                    .asString()
                    .matches("billing/[^/]+/access\\.log");
        }
    }

    @Test
    void volume_withoutAName_isRefused() {
        ServiceConf conf = ServiceConf.parse("Log: {Mode: volume}");

        assertThatThrownBy(() -> LogSetUp.apply(context, conf.log(), conf.name()))
                .isInstanceOf(KqException.class)
                .hasMessageContaining("ServiceName");
    }

    @Test
    void folderThatCannotBe_isRefused_andTheOldLogStays() throws Exception {
        ListAppender<ILoggingEvent> root = started();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(root);
        Path file = Files.createFile(folder.resolve("taken"));
        ServiceConf conf = ServiceConf.parse("Log: {Mode: file, Path: '" + file + "'}");

        assertThatThrownBy(() -> LogSetUp.apply(context, conf.log(), conf.name()))
                .isInstanceOf(KqException.class)
                .hasMessageContaining("access.log");
        context.getLogger("a").info("x");
        assertThat(root.list).hasSize(1);
    }

    @Test
    void sizeRotation_changesFiles() throws Exception {
        setUp("Mode: file, Rotation: size, MaxSize: 1, MaxBackups: 2, Compress: true");
        Logger logger = context.getLogger("a");
        String kilobyte = "x".repeat(1024);
        // Logback looks at the size at most every so often, so the number of files is not exact.
        Eventually.await("a file to be changed", () -> {
            for (int i = 0; i < 1100; i++) {
                logger.info(kilobyte);
            }
            return !rotated().isEmpty();
        });

        assertThat(rotated())
                .allMatch(name -> name.matches("access\\.log-\\d{4}-\\d\\d-\\d\\d\\.\\d+(\\.gz|\\d*\\.tmp)?"));
    }

    private List<String> rotated() {
        try (Stream<Path> files = Files.list(folder)) {
            List<String> names = new ArrayList<>(
                    files.map(file -> file.getFileName().toString()).toList());
            names.remove("access.log");
            return names;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void dailyRotation_keepsDays() {
        setUp("Mode: file, KeepDays: 7, Compress: true");

        RollingFileAppender<ILoggingEvent> appender = (RollingFileAppender<ILoggingEvent>)
                context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("kq");
        TimeBasedRollingPolicy<?> policy = (TimeBasedRollingPolicy<?>) appender.getRollingPolicy();
        assertThat(policy.getFileNamePattern()).endsWith("access.log-%d{yyyy-MM-dd}.gz");
        assertThat(policy.getMaxHistory()).isEqualTo(7);
    }

    @Test
    void again_theSame_doesNothing_andAnother_isRefusedWithAWarning() throws Exception {
        setUp("Mode: file");
        var appender = context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("kq");
        ServiceConf other = ServiceConf.parse("Name: other\nLog: {Path: '" + folder + "', Mode: file}");
        LogSetUp.apply(context, other.log(), other.name());
        assertThat(lines()).isEmpty();

        setUp("Mode: file, Level: debug");

        assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("kq")).isSameAs(appender);
        assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).getLevel()).isEqualTo(Level.INFO);
        assertThat(lines()).singleElement().asString().contains("Log of orders is not applied", "\"warn\"");
    }

    @Test
    void withoutLogback_oneLineSaysSo() {
        SubstituteLoggerFactory other = new SubstituteLoggerFactory();

        LogSetUp.apply(other, ServiceConf.DEFAULT.log(), "");

        assertThat(other.getEventQueue())
                .singleElement()
                .satisfies(event -> assertThat(event.getMessage())
                        .isEqualTo("Log is not applied: it needs Logback, this application logs by {}"));
    }

    @Test
    void goTimeLayouts_areRead() {
        ZonedDateTime time = ZonedDateTime.of(2031, 4, 7, 18, 5, 9, 120_000_000, ZoneId.of("+02:00"));
        for (String[] one : new String[][] {
            {"2006-01-02T15:04:05.000Z07:00", "2031-04-07T18:05:09.120+02:00"},
            {"Mon Jan _2 15:04:05 MST 2006", "Mon Apr  7 18:05:09 +02:00 2031"},
            {"02/Jan/06 03:04:05 PM -0700", "07/Apr/31 06:05:09 PM +0200"},
            {"Monday, 2. January 2006 at 3h4m5s", "Monday, 7. April 2031 at 6h5m9s"},
            {"15:04:05.999999 day 002", "18:05:09.12 day 097"},
            {"", ""},
        }) {
            assertThat(GoTimeLayout.of(one[0]).format(time)).as(one[0]).isEqualTo(one[1]);
        }
    }

    private ListAppender<ILoggingEvent> started() {
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.setContext(context);
        appender.start();
        return appender;
    }
}
