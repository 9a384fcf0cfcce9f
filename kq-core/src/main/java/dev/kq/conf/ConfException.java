package dev.kq.conf;

import dev.kq.errors.KqException;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A configuration that cannot be used. The message has one line per problem, all problems at once, such as
 * {@code kq.yaml:7: Conns: out of range: 0 (allowed: 1 to 1024)}; without {@code file:line} if the configuration comes
 * from code. It never contains the value of a secret.
 */
public class ConfException extends KqException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // an immutable list of JDK kind, serializable
    private final List<Problem> problems;

    /** An exception for problems in the given order, at least one. */
    public ConfException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** What is wrong, in the order of the file. */
    public List<Problem> problems() {
        return problems;
    }

    /**
     * One thing that is wrong.
     *
     * @param file the file as it was named by the caller, or null if the configuration comes from code
     * @param line the line in the file, from 1; 0 if there is none
     * @param path the key with its sections, such as {@code Retry.Backoff}; empty if it is about the whole file
     * @param text what is wrong, the value, and what is allowed
     */
    public record Problem(@Nullable String file, int line, String path, String text) implements Serializable {
        private static final long serialVersionUID = 1L;

        /** The problem as one line: {@code file:line: path: text}. */
        @Override
        public String toString() {
            StringBuilder out = new StringBuilder();
            if (file != null) {
                out.append(file).append(':');
                if (line > 0) {
                    out.append(line).append(':');
                }
                out.append(' ');
            }
            if (!path.isEmpty()) {
                out.append(path).append(": ");
            }
            return out.append(text).toString();
        }
    }
}
