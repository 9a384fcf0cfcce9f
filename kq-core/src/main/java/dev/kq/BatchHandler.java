package dev.kq;

import java.util.List;

/**
 * Handles several messages at a time: up to {@code BatchSize} of one partition, fewer when the first of them has waited
 * for {@code BatchWait}, or when {@code RateLimit} allows no more at once: the messages of a twentieth of a second
 * then, but two at least, and the rest as soon as it allows. The messages of a key are in order, and no other batch has
 * messages of that key at the same time.
 *
 * <p>Returning normally means that all are done. {@link BatchFailure} names those that failed; with any other exception
 * all of them did. A message that comes behind a failed one of the same key is not done either and comes again after
 * it.
 */
@FunctionalInterface
public interface BatchHandler {
    /**
     * Handles a batch.
     *
     * @param batch one message or more
     * @throws Exception {@link BatchFailure} if some failed, any other exception if all did
     */
    void handle(List<Message> batch) throws Exception;
}
