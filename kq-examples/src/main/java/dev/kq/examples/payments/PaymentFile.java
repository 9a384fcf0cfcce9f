package dev.kq.examples.payments;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads a file with one payment per line, from the first to the last, without holding more than a line. */
record PaymentFile(Path path) {
    /** Takes the payments of a file, one after the other. */
    interface Reader {
        /** Takes one payment and its line; false = enough. */
        boolean take(Payment payment, String line);
    }

    /**
     * Gives each payment to the reader. Blank lines are none.
     *
     * @throws RunFailure that names the file and the line if it cannot be read
     */
    void read(Reader reader) {
        if (!Files.exists(path)) {
            throw RunFailure.cannotStart("there is no file " + path);
        }
        if (Files.isDirectory(path)) {
            throw RunFailure.cannotStart(path + " is a folder, not a file");
        }
        int number = 1;
        try (BufferedReader lines = Files.newBufferedReader(path)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine(), number++) {
                if (!line.isBlank() && !reader.take(Payment.parse(line), line)) {
                    return;
                }
            }
        } catch (IllegalArgumentException e) {
            throw RunFailure.cannotStart(path + ":" + number + ": " + e.getMessage());
        } catch (CharacterCodingException e) {
            throw RunFailure.cannotStart(path + ":" + number + ": not UTF-8 (in this line or soon after it)");
        } catch (IOException e) {
            throw RunFailure.cannotStart(path + " cannot be read: " + e);
        }
    }

    /** What the whole file comes to. Every line is checked on the way. */
    PaymentTotals totals() {
        PaymentTotals totals = new PaymentTotals();
        read((payment, line) -> {
            totals.add(payment);
            return true;
        });
        return totals;
    }
}
