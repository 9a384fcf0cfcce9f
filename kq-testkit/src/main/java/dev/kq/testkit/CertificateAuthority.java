package dev.kq.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A certificate authority for tests: issues certificates, good ones and bad ones, as PEM files in its folder. It works
 * with the {@code keytool} of this JVM, which takes about half a second for each. {@link EmbeddedKafka.Builder#tls}
 * brings one along ({@link EmbeddedKafka#certificateAuthority()}); a second one is an authority that nobody trusts.
 *
 * <p>Thread-safe. Keys are not encrypted: they protect nothing but tests.
 */
public final class CertificateAuthority {
    private static final String PASSWORD = "changeit"; // of a store that holds nothing worth a secret

    private final Path folder;

    private CertificateAuthority(Path folder) {
        this.folder = folder;
    }

    /**
     * What is needed to show a certificate: to brokers ({@code CertFile}, {@code KeyFile}), or to clients
     * ({@link EmbeddedKafka#useCertificate}).
     *
     * @param certFile the PEM file with the certificate and that of its authority
     * @param keyFile the PEM file with the private key, PKCS#8
     */
    public record Issued(Path certFile, Path keyFile) {
        String certificates() {
            return text(certFile);
        }

        String key() {
            return text(keyFile);
        }

        private static String text(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * The authority that keeps its files in this folder; it is created if there is none yet.
     *
     * @throws EmbeddedKafkaException if that fails
     */
    public static CertificateAuthority in(Path folder) {
        CertificateAuthority authority = new CertificateAuthority(folder);
        if (!Files.exists(authority.caFile())) {
            authority.make();
        }
        return authority;
    }

    /** The PEM file with the certificate to trust. */
    public Path caFile() {
        return folder.resolve("ca.pem");
    }

    /**
     * Issues a certificate that is valid for ten years.
     *
     * @param name the common name; brokers see a client with it as the user {@code User:CN=name}
     * @param hosts names and IP addresses of hosts, for a server; a broker of the test kit is {@code 127.0.0.1}
     * @throws EmbeddedKafkaException if that fails
     */
    public Issued issue(String name, String... hosts) {
        return issue(name, List.of(hosts), "-validity", "3650");
    }

    /**
     * Issues a certificate that expired yesterday.
     *
     * @see #issue
     */
    public Issued issueExpired(String name, String... hosts) {
        return issue(name, List.of(hosts), "-startdate", "-2d", "-validity", "1");
    }

    /** The same certificate whenever it is asked for: for what lives as long as this folder. */
    Issued keep(String name, String... hosts) {
        Path own = folder.resolve(name);
        return Files.exists(own) ? files(own) : issue(own, name, List.of(hosts), "-validity", "3650");
    }

    private void make() {
        try {
            Files.createDirectories(folder);
            genkeypair("ca", "-dname", "CN=kq-testkit CA", "-ext", "bc:critical=ca:true", "-validity", "3650");
            Files.writeString(caFile(), pem("CERTIFICATE", keys().getCertificate("ca")));
        } catch (IOException | GeneralSecurityException e) {
            throw new EmbeddedKafkaException("Cannot make a certificate authority", e);
        }
    }

    private Issued issue(String name, List<String> hosts, String... validity) {
        return issue(folder.resolve("issued-" + UUID.randomUUID()), name, hosts, validity);
    }

    private synchronized Issued issue(Path own, String name, List<String> hosts, String... validity) {
        String alias = own.getFileName().toString();
        List<String> arguments = new ArrayList<>(List.of("-signer", "ca", "-dname", "CN=" + name));
        arguments.addAll(List.of(validity));
        if (!hosts.isEmpty()) {
            arguments.add("-ext");
            arguments.add("san="
                    + hosts.stream()
                            .map(host -> (host.matches("[0-9.]+|.*:.*") ? "ip:" : "dns:") + host)
                            .collect(Collectors.joining(",")));
        }
        try {
            genkeypair(alias, arguments.toArray(String[]::new));
            KeyStore keys = keys();
            StringBuilder chain = new StringBuilder();
            for (Certificate certificate : keys.getCertificateChain(alias)) {
                chain.append(pem("CERTIFICATE", certificate));
            }
            byte[] key = keys.getKey(alias, PASSWORD.toCharArray()).getEncoded();
            Issued made = files(Files.createDirectories(own));
            Files.writeString(made.certFile, chain);
            Files.writeString(made.keyFile, pem("PRIVATE KEY", key));
            return made;
        } catch (IOException | GeneralSecurityException e) {
            throw new EmbeddedKafkaException("Cannot issue a certificate for " + name, e);
        }
    }

    private static Issued files(Path own) {
        return new Issued(own.resolve("cert.pem"), own.resolve("key.pem"));
    }

    private static String pem(String type, Certificate certificate) throws GeneralSecurityException {
        return pem(type, certificate.getEncoded());
    }

    private static String pem(String type, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n";
    }

    private KeyStore keys() throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store())) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    private Path store() {
        return folder.resolve("keys.p12");
    }

    private void genkeypair(String alias, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC",
                "-genkeypair",
                "-alias",
                alias,
                "-keystore",
                store().toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-noprompt"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (InputStream in = process.getInputStream()) {
            String output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("keytool failed: " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while waiting for keytool", e);
        } finally {
            process.destroy();
        }
    }
}
