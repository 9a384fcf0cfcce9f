package dev.kq.conf;

import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces {@code ${NAME}} and {@code ${NAME:-default}} in values; {@code $$} stands for one {@code $}. Every other
 * {@code $} stays what it is. What comes from the environment is not looked at again.
 */
final class Variables {
    private static final Pattern REFERENCE =
            Pattern.compile("\\$(?:(?<escape>\\$)|\\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?<else>[^}]{0,4096}))?})");

    private final UnaryOperator<@Nullable String> environment;

    Variables(UnaryOperator<@Nullable String> environment) {
        this.environment = environment;
    }

    /**
     * The text with its variables replaced.
     *
     * @throws Rejected if a variable is not set and has no default
     */
    String expand(String text) throws Rejected {
        if (text.indexOf('$') < 0) {
            return text;
        }
        Matcher matcher = REFERENCE.matcher(text);
        StringBuilder out = new StringBuilder();
        while (matcher.find()) {
            matcher.appendReplacement(out, Matcher.quoteReplacement(replacement(matcher)));
        }
        return matcher.appendTail(out).toString();
    }

    private String replacement(Matcher matcher) throws Rejected {
        if (matcher.group("escape") != null) {
            return "$";
        }
        String name = matcher.group("name");
        String value = environment.apply(name);
        String otherwise = matcher.group("else");
        if (otherwise != null && (value == null || value.isEmpty())) {
            return otherwise;
        }
        if (value == null) {
            throw new Rejected("the environment variable " + name + " is not set (write ${" + name
                    + ":-default} to go on without it, $$ for a plain $)");
        }
        return value;
    }
}
