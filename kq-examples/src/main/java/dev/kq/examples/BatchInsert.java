package dev.kq.examples;

import dev.kq.KqConf;
import dev.kq.KqQueue;
import dev.kq.Message;
import dev.kq.pusher.Pusher;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;

/**
 * Batches into a database, where a message that comes again changes nothing. The primary key is the message's place in
 * Kafka, which is the same each time it comes.
 */
public final class BatchInsert {
    private static final int MESSAGES = 1000;

    private BatchInsert() {}

    /**
     * Runs it.
     *
     * @param args none, or {@code host:port} of a broker
     */
    public static void main(String[] args) throws Exception {
        JdbcConnectionPool database = JdbcConnectionPool.create("jdbc:h2:mem:readings", "sa", "");
        try (ExampleKafka kafka = ExampleKafka.of(args, "kq-readings")) {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute(
                        "CREATE TABLE reading (topic VARCHAR, partition_no INT, offset_no BIGINT, sensor VARCHAR,"
                                + " degrees DECIMAL(5, 1), PRIMARY KEY (topic, partition_no, offset_no))");
            }
            try (Pusher pusher = new Pusher(kafka.brokers(), "kq-readings")) {
                for (int i = 0; i < MESSAGES; i++) {
                    pusher.push("sensor-" + i % 20, "20." + i % 10);
                }
            }
            KqConf conf = kafka.conf("batch-insert.yaml");
            handleAll(conf, database);
            // A crash before the commit has the same messages come again; a second group has them come again for sure.
            handleAll(conf.toBuilder().group("kq-readings-again").build(), database);
        } finally {
            database.dispose();
        }
    }

    private static void handleAll(KqConf conf, DataSource database) throws InterruptedException, SQLException {
        CountDownLatch handled = new CountDownLatch(MESSAGES);
        try (KqQueue queue = KqQueue.builder(conf)
                .batchHandler(batch -> {
                    insert(batch, database);
                    batch.forEach(message -> handled.countDown());
                })
                .build()) {
            queue.start();
            handled.await();
        }
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM reading")) {
            rows.next();
            System.out.println("group " + conf.group() + ": " + MESSAGES + " messages handled, " + rows.getInt(1)
                    + " rows in the table");
        }
    }

    /** All of the batch or nothing: what throws here has the whole batch come again. */
    private static void insert(List<Message> batch, DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement merge = connection.prepareStatement(
                        "MERGE INTO reading KEY (topic, partition_no, offset_no) VALUES (?, ?, ?, ?, ?)")) {
            connection.setAutoCommit(false);
            for (Message message : batch) {
                merge.setString(1, message.topic());
                merge.setInt(2, message.partition());
                merge.setLong(3, message.offset());
                merge.setString(4, message.key());
                merge.setString(5, message.value());
                merge.addBatch();
            }
            merge.executeBatch();
            connection.commit();
        }
    }
}
