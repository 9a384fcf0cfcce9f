package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a registry shows of a queue. */
class MetricsTest extends BrokerTest {
    @Test
    void metersCount_fromStartToStop_andAreDocumented() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 100, 10);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        KqConf conf = conf().consumers(2)
                .retry(new RetryConf(2, Duration.ofMillis(1), Duration.ofMillis(1), 1, 0))
                .build();
        KqQueue queue = start(KqQueue.builder(conf).meterRegistry(registry).handler((key, value) -> {
            if ("k3".equals(key)) {
                throw new Exception("always");
            }
        }));
        awaitReconciled(queue);
        assertThat(count(registry, "kq.records.handled")).isEqualTo(90);
        assertThat(count(registry, "kq.records.failed")).isEqualTo(20);
        assertThat(count(registry, "kq.records.retried")).isEqualTo(10);
        assertThat(count(registry, "kq.records.skipped")).isEqualTo(10);
        assertThat(registry.get("kq.records.held").gauge().value()).isZero();
        await().untilAsserted(
                        () -> // looked up in intervals
                        assertThat(registry.get("kq.lag").gauge().value()).isZero());
        await().untilAsserted(() ->
                assertThat(registry.get("kq.fetchers.idle").gauge().value()).isEqualTo(1));

        String documented = Files.readString(Path.of("../docs/metrics.md"));
        registry.getMeters()
                .forEach(meter ->
                        assertThat(documented).contains("`" + meter.getId().getName() + "`"));
        queue.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    /** What a Prometheus server would read, names and labels as in the dashboard and the alerts. */
    @Test
    void prometheusText_hasEveryMeter_andTheDashboardAndTheAlertsUseOnlyThose() throws Exception {
        kafka.createTopic(topic, 2);
        Kafka.push(kafka, topic, 1_000, 100);
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        KqQueue queue =
                start(KqQueue.builder(conf().build()).meterRegistry(registry).handler((key, value) -> {
                    if (key.endsWith("7")) {
                        Thread.sleep(3);
                    }
                }));
        awaitReconciled(queue);
        await().untilAsserted(() ->
                assertThat(registry.get("kq.partition.lag").gauges()).hasSize(2).allMatch(gauge -> gauge.value() == 0));

        Map<String, Map<String, Double>> text = scrape(registry);
        assertThat(text.get("kq_records_handled_total").values()).containsExactly(1_000.0);
        assertThat(text.get("kq_handler_time_seconds_count").values()).containsExactly(1_000.0);
        assertThat(text.get("kq_handler_time_seconds_sum").values().iterator().next())
                .isBetween(0.3, 60.0);
        assertThat(text.get("kq_partition_lag").keySet())
                .containsExactlyInAnyOrder(
                        "partition=\"0\",queue=\"" + topic + "\",topic=\"" + topic + "\"",
                        "partition=\"1\",queue=\"" + topic + "\",topic=\"" + topic + "\"");
        for (String times : List.of("kq_handler_time", "kq_end_to_end_time", "kq_queue_wait")) {
            Map<String, Double> buckets = text.get(times + "_buckets_total");
            assertThat(buckets.get("le=\"+Inf\",queue=\"" + topic + "\"")).isEqualTo(1_000.0);
            assertThat(buckets.values()).allMatch(count -> count >= 0 && count <= 1_000);
        }
        Map<String, Double> handler = text.get("kq_handler_time_buckets_total");
        assertThat(handler.get("le=\"0.0025\",queue=\"" + topic + "\""))
                .as("those that do not sleep, and some that do, for of several in one lap one counts as slow")
                .isBetween(500.0, 999.0);

        for (String file : List.of("grafana-dashboard.json", "prometheus-alerts.yaml")) {
            Matcher used = Pattern.compile("\\bkq_[a-z_]+").matcher(Files.readString(Path.of("../docs", file)));
            while (used.find()) {
                assertThat(text).as(file).containsKey(used.group());
            }
        }
        queue.close();
        assertThat(registry.scrape()).doesNotContain("kq_");
    }

    @Test
    void partitionMeters_comeAndGoWithTheAssignment() throws Exception {
        kafka.createTopic(topic, 4);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        KqQueue first =
                start(KqQueue.builder(conf().build()).meterRegistry(registry).handler((key, value) -> {}));
        await().until(() -> registry.find("kq.partition.lag").gauges().size() == 4);
        KqQueue second = start(conf().build(), (key, value) -> {});
        await().until(() -> registry.find("kq.partition.lag").gauges().size() == 2);
        await().untilAsserted(() -> {
            assertThat(registry.find("kq.partition.gap").gauges()).hasSize(2);
            assertThat(registry.get("kq.rebalances").functionTimer().count()).isGreaterThanOrEqualTo(2);
        });
        second.close();
        await().until(() -> registry.find("kq.partition.lag").gauges().size() == 4);
        first.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void handlerThatTakesLong_showsInItsAge_andBehindItTheGap_andAFullPartitionIsPaused() throws Exception {
        kafka.createTopic(topic, 1);
        Kafka.push(kafka, topic, 500, 50);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        CountDownLatch release = new CountDownLatch(1);
        KqQueue queue = start(KqQueue.builder(conf().queueCapacity(10).build())
                .meterRegistry(registry)
                .handler((key, value) -> {
                    if ("k0".equals(key)) {
                        release.await();
                    }
                }));
        await().until(() -> !registry.find("kq.partition.gap").gauges().isEmpty());
        await().untilAsserted(() -> {
            assertThat(registry.get("kq.partition.gap").gauge().value()).isPositive();
            assertThat(registry.get("kq.records.in.flight").gauge().value()).isEqualTo(1);
            assertThat(registry.get("kq.records.in.flight.oldest").timeGauge().value(TimeUnit.SECONDS))
                    .isGreaterThan(0.5);
            assertThat(registry.get("kq.partitions.paused")
                            .tag("reason", "full")
                            .gauge()
                            .value())
                    .isEqualTo(1);
        });
        assertThat(count(registry, "kq.workers.starved")).isPositive();
        queue.pause();
        await().untilAsserted(() -> assertThat(registry.get("kq.partitions.paused")
                        .tag("reason", "user")
                        .gauge()
                        .value())
                .isEqualTo(1));
        queue.resume();
        release.countDown();
        awaitReconciled(queue);
        await().untilAsserted(() -> {
            assertThat(registry.get("kq.partition.gap").gauge().value()).isZero();
            assertThat(registry.get("kq.records.in.flight.oldest").timeGauge().value(TimeUnit.SECONDS))
                    .isZero();
        });
        await().untilAsserted(
                        () -> // the broker has it before the fetcher knows
                        assertThat(count(registry, "kq.commits")).isPositive());
    }

    @Test
    void kafkasOwnMeters_onRequestOnly_andGoneAfterTheStop() throws Exception {
        kafka.createTopic(topic, 1);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        KqQueue queue = start(KqQueue.builder(conf().build())
                .meterRegistry(registry)
                .kafkaClientMetrics(true)
                .handler((key, value) -> {}));
        await().until(() -> registry.getMeters().stream()
                .anyMatch(meter -> meter.getId().getName().startsWith("kafka.consumer.")));
        queue.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    /** Samples by name and labels. */
    private static Map<String, Map<String, Double>> scrape(PrometheusMeterRegistry registry) {
        Map<String, Map<String, Double>> samples = new HashMap<>();
        for (String line : registry.scrape().split("\n", -1)) {
            Matcher sample =
                    Pattern.compile("([a-zA-Z_:]+)(?:\\{(.*)})? (\\S+)").matcher(line);
            if (!line.startsWith("#") && sample.matches()) {
                samples.computeIfAbsent(sample.group(1), name -> new HashMap<>())
                        .put(sample.group(2), Double.parseDouble(sample.group(3)));
            }
        }
        return samples;
    }

    private double count(SimpleMeterRegistry registry, String name) {
        return registry.get(name).tag("queue", topic).functionCounter().count();
    }
}
