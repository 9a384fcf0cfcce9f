package dev.kq.conf;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.auth.SslEngineFactory;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the TLS of each new connection from what the certificate files hold at that moment, so that a certificate that
 * is renewed on disk is used without a restart. Kafka's own factory reads them once.
 *
 * <p>Public because Kafka's clients make it, from {@code ssl.engine.factory.class} in
 * {@link Connection#clientProperties()}; applications do not. Thread-safe: a consumer connects from its heartbeat
 * thread too.
 */
public final class TlsFiles implements SslEngineFactory {
    static final String CERT_FILE = "kq.tls.cert.file";
    static final String KEY_FILE = "kq.tls.key.file";

    private static final Logger log = LoggerFactory.getLogger(TlsFiles.class);

    /** Set once, by {@link #configure}, before the client that it is for has a second thread. */
    private Map<String, ?> configs = Map.of();

    @GuardedBy("this")
    private DefaultSslEngineFactory current = new DefaultSslEngineFactory();

    /** What the files held when they were last looked at. */
    @GuardedBy("this")
    private List<ByteBuffer> madeFrom = List.of();

    /** For Kafka. */
    public TlsFiles() {}

    @Override
    public synchronized void configure(Map<String, ?> configs) {
        this.configs = configs;
        try {
            madeFrom = contents();
        } catch (IOException e) {
            throw new KafkaException("A certificate or key file cannot be read: " + e.getMessage(), e);
        }
        current = make();
    }

    @Override
    public synchronized SSLEngine createClientSslEngine(String host, int port, String endpointIdentification) {
        renew();
        return current.createClientSslEngine(host, port, endpointIdentification);
    }

    @Override
    public synchronized SSLEngine createServerSslEngine(String host, int port) {
        return current.createServerSslEngine(host, port);
    }

    /** Files that cannot be used, because they are just being written or worse, change nothing. */
    @GuardedBy("this")
    private void renew() {
        try {
            List<ByteBuffer> now = contents();
            if (now.equals(madeFrom)) {
                return;
            }
            madeFrom = now; // also if it is of no use: what is said about it is said once
            current = make();
            log.info("certificate files have changed; new connections use them: {}", files());
        } catch (IOException | KafkaException | ConfException e) {
            log.warn("certificate files have changed and cannot be used, the earlier ones stay: {}", e.getMessage());
        }
    }

    private DefaultSslEngineFactory make() {
        Map<String, Object> all = new HashMap<>(configs);
        if (all.get(CERT_FILE) instanceof String cert && all.get(KEY_FILE) instanceof String key) {
            all.put(SslConfigs.SSL_KEYSTORE_CERTIFICATE_CHAIN_CONFIG, new Password(PemFile.read("CertFile", cert)));
            all.put(SslConfigs.SSL_KEYSTORE_KEY_CONFIG, new Password(PemFile.read("KeyFile", key)));
        }
        DefaultSslEngineFactory made = new DefaultSslEngineFactory();
        made.configure(all);
        return made;
    }

    private List<ByteBuffer> contents() throws IOException {
        List<ByteBuffer> contents = new ArrayList<>();
        for (String file : files()) {
            contents.add(ByteBuffer.wrap(Files.readAllBytes(Path.of(file))));
        }
        return contents;
    }

    private List<String> files() {
        return Stream.of(
                        CERT_FILE,
                        KEY_FILE,
                        SslConfigs.SSL_KEYSTORE_LOCATION_CONFIG,
                        SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG)
                .map(configs::get)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .toList();
    }

    @Override
    public boolean shouldBeRebuilt(Map<String, Object> nextConfigs) {
        return !nextConfigs.equals(configs);
    }

    @Override
    public Set<String> reconfigurableConfigs() {
        return SslConfigs.RECONFIGURABLE_CONFIGS;
    }

    @Override
    public synchronized @Nullable KeyStore keystore() {
        return current.keystore();
    }

    @Override
    public synchronized @Nullable KeyStore truststore() {
        return current.truststore();
    }

    @Override
    public synchronized void close() {
        current.close();
    }
}
