package dev.kq.conf;

import java.io.StringReader;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * Text to YAML nodes, and what YAML says is wrong in words for people. Nothing is constructed from the nodes, so no tag
 * can create an object. The parser's own messages quote the file, which may show a password: they are not passed on.
 */
final class YamlSyntax {
    private static final int DEEPEST = 50;
    private static final int MOST_ALIASES = 100;

    /** How the parser's messages begin, and what we say instead. */
    private static final String[][] WORDS = {
        {"found character", "a character that no value can start with (put the value in quotes; a tab cannot indent)"},
        {"found undefined alias", "an alias (*) without its anchor (put a value that starts with * in quotes)"},
        {"found unknown escape", "an unknown escape in a text in double quotes"},
        {"mapping values are not allowed", "a colon too many, or wrong indentation (put a value with a colon in quotes)"
        },
        {"could not find expected ':'", "a key without a colon, or wrong indentation"},
        {"found unexpected end of stream", "a quote that is not closed"},
        {"expected <block end>", "wrong indentation"},
        {"expected ',' or ']'", "a list in brackets that is not closed"},
        {"expected ',' or '}'", "a section in braces that is not closed"},
        {"but found another document", "a second document (---), where one is allowed"},
        {"found a tab character", "a tab in the indentation, where only blanks are allowed"},
        {"Global tag is not allowed", "a tag, which is not allowed (put a value that starts with ! in quotes)"},
        {"found undefined tag handle", "a tag (put a value that starts with ! in quotes)"},
        {"found unknown directive", "a directive"},
    };

    private YamlSyntax() {}

    /** The root of the only document, or null if there is nothing but comments. */
    static @Nullable Node parse(SourceText source) {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(SourceText.LARGEST);
        options.setNestingDepthLimit(DEEPEST);
        options.setMaxAliasesForCollections(MOST_ALIASES);
        options.setAllowRecursiveKeys(false);
        try {
            return new Yaml(options).compose(new StringReader(source.text()));
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark() != null ? e.getProblemMark() : e.getContextMark();
            int line = mark == null ? 1 : mark.getLine() + 1;
            String column = mark == null ? "" : ", column " + (mark.getColumn() + 1);
            throw failure(source, line, words(e.getProblem()) + column);
        } catch (ReaderException e) {
            throw failure(source, source.lineOf(e.getPosition()), "a character that YAML does not allow");
        } catch (YAMLException e) {
            throw failure(source, 1, limit(String.valueOf(e.getMessage())));
        }
    }

    private static ConfException failure(SourceText source, int line, String what) {
        return SourceText.failure(source.file(), line, "not valid YAML: " + what);
    }

    private static String words(@Nullable String problem) {
        for (String[] pair : WORDS) {
            if (problem != null && problem.startsWith(pair[0])) {
                return pair[1];
            }
        }
        return "cannot be understood";
    }

    private static String limit(String message) {
        if (message.startsWith("Number of aliases")) {
            return "too many aliases (allowed: up to " + MOST_ALIASES + ")";
        }
        if (message.startsWith("Nesting Depth")) {
            return "nested too deep (allowed: up to " + DEEPEST + " levels)";
        }
        return "cannot be understood";
    }
}
