package dev.kq;

import java.nio.charset.StandardCharsets;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a handler for each message by a text that it carries: a header, its key, or what a function says. The handler
 * with the longest prefix of that text gets it. A message for which there is none, or whose text is null, fails as
 * {@link NonRetryable}.
 *
 * <pre>{@code
 * Router router = Router.byHeader("type")
 *         .route("order.", orders::handle)
 *         .route("order.refund", refunds::handle);
 * KqQueue.builder(conf).messageHandler(router)
 * }</pre>
 *
 * <p>Add all routes before the queue starts; handling is thread-safe from then on.
 */
public final class Router implements MessageHandler {
    private final Function<Message, @Nullable String> text;
    private final NavigableMap<String, MessageHandler> routes = new TreeMap<>();

    private Router(Function<Message, @Nullable String> text) {
        this.text = text;
    }

    /** Routes by the last header of this name, read as UTF-8. */
    public static Router byHeader(String name) {
        return new Router(message -> {
            Header header = message.headers().lastHeader(name);
            return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
        });
    }

    /** Routes by the key. */
    public static Router byKey() {
        return new Router(Message::key);
    }

    /** Routes by what the function makes of the message; null means that there is no route. */
    public static Router by(Function<Message, @Nullable String> function) {
        return new Router(Objects.requireNonNull(function, "function"));
    }

    /**
     * Adds a route.
     *
     * @param prefix what the text must begin with; empty for all that have no other route
     * @throws IllegalArgumentException if there is a route for this prefix already
     */
    public Router route(String prefix, MessageHandler handler) {
        if (routes.putIfAbsent(prefix, Objects.requireNonNull(handler, "handler")) != null) {
            throw new IllegalArgumentException("there is a route for \"" + prefix + "\" already");
        }
        return this;
    }

    @Override
    public void handle(Message message) throws Exception {
        String wanted = text.apply(message);
        MessageHandler handler = wanted == null ? null : longestPrefix(wanted);
        if (handler == null) {
            throw new NonRetryable("no route for " + (wanted == null ? "a message without the text" : "this message")
                    + ", there are routes for " + routes.keySet());
        }
        handler.handle(message);
    }

    private @Nullable MessageHandler longestPrefix(String wanted) {
        var candidate = routes.floorEntry(wanted);
        while (candidate != null && !wanted.startsWith(candidate.getKey())) {
            candidate = routes.lowerEntry(candidate.getKey());
        }
        return candidate == null ? null : candidate.getValue();
    }
}
