package dev.kq.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes a certificate authority and a server certificate for 127.0.0.1 and localhost, with the JDK's keytool, and keeps
 * them as PEM files.
 *
 * @param ca what a client must trust
 * @param server the server's key (not encrypted: it protects nothing but tests) and its certificates
 */
record TlsFiles(Path ca, Path server) {
    private static final String PASSWORD = "changeit"; // of a file that lives for a second

    /** Makes the files, or takes those that are there. */
    static TlsFiles in(Path folder) {
        TlsFiles files = new TlsFiles(folder.resolve("ca.pem"), folder.resolve("server.pem"));
        if (Files.exists(files.ca) && Files.exists(files.server)) {
            return files;
        }
        try {
            Files.createDirectories(folder);
            files.make(folder.resolve("keys.p12"));
        } catch (IOException | GeneralSecurityException e) {
            throw new EmbeddedKafkaException("Cannot make the TLS certificates", e);
        }
        return files;
    }

    private void make(Path store) throws IOException, GeneralSecurityException {
        keytool(store, "-alias", "ca", "-dname", "CN=kq-testkit CA", "-ext", "bc:critical=ca:true");
        keytool(
                store,
                "-alias",
                "server",
                "-signer",
                "ca",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "san=ip:127.0.0.1,dns:localhost");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        Files.writeString(ca, pem("CERTIFICATE", keys.getCertificate("ca").getEncoded()));
        Key key = keys.getKey("server", PASSWORD.toCharArray());
        StringBuilder pem = new StringBuilder(pem("PRIVATE KEY", key.getEncoded()));
        for (Certificate certificate : keys.getCertificateChain("server")) {
            pem.append(pem("CERTIFICATE", certificate.getEncoded()));
        }
        Files.writeString(server, pem);
        Files.delete(store);
    }

    private static String pem(String type, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n";
    }

    private static void keytool(Path store, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "3650",
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
