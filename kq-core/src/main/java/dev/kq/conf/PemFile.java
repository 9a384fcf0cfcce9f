package dev.kq.conf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Certificate and key files: whether they can be used, and their text. Never shows what is in them. */
final class PemFile {
    private static final int LARGEST = 4 * 1024 * 1024;

    private PemFile() {}

    /** What is wrong with a file of certificates, or null. */
    static @Nullable String wrongCertificates(String file) {
        try {
            return text(file).contains("-----BEGIN CERTIFICATE-----") ? null : "the file has no PEM certificate";
        } catch (Rejected e) {
            return e.what();
        }
    }

    /** What is wrong with a file with a private key, or null. */
    static @Nullable String wrongKey(String file) {
        try {
            String text = text(file);
            if (text.contains("-----BEGIN PRIVATE KEY-----")
                    || text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")) {
                return null;
            }
            return text.contains(" PRIVATE KEY-----")
                    ? "the key is not in PKCS#8 form (openssl pkcs8 -topk8 -nocrypt makes it so)"
                    : "the file has no PEM private key";
        } catch (Rejected e) {
            return e.what();
        }
    }

    static String read(String key, String file) {
        try {
            return text(file);
        } catch (Rejected e) {
            throw new ConfException(
                    List.of(new ConfException.Problem(null, 0, key, Shown.problem(e.what(), Shown.value(file), ""))));
        }
    }

    private static String text(String file) throws Rejected {
        try {
            Path path = Path.of(file);
            if (!Files.exists(path)) {
                throw new Rejected("there is no such file");
            }
            if (Files.isDirectory(path)) {
                throw new Rejected("a folder where a file is meant");
            }
            try (InputStream in = Files.newInputStream(path)) {
                byte[] bytes = in.readNBytes(LARGEST + 1);
                if (bytes.length > LARGEST) {
                    throw new Rejected("the file is too large for PEM");
                }
                return new String(bytes, StandardCharsets.ISO_8859_1);
            }
        } catch (InvalidPathException e) {
            throw new Rejected("not a file name");
        } catch (IOException e) {
            throw new Rejected("the file cannot be read");
        }
    }
}
