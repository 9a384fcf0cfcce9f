package dev.kq;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The engine with one bug put into it on purpose, to see that a check finds it: takes a source file, replaces a piece
 * of it, compiles that, and loads everything of this package anew around it. A piece that is not there any more is a
 * failure, so that the controls keep up with the code.
 */
final class Mutant extends ClassLoader {
    private final Map<String, byte[]> mutated = new HashMap<>();

    private Mutant() {
        super(Mutant.class.getClassLoader());
    }

    /** @param file a source file of the main source folder, from the package's root on, such as {@code Lanes.java} */
    static Mutant of(String file, String piece, String replacement) {
        try {
            Path sources = sourceFolder();
            String source = Files.readString(sources.resolve(file));
            if (!source.contains(piece)) {
                throw new AssertionError(file + " does not contain the piece to break any more: " + piece);
            }
            Mutant mutant = new Mutant();
            mutant.compile(file, source.replace(piece, replacement));
            return mutant;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Calls a static method of a class of this package as it is with the bug. */
    Object call(Class<?> type, String method, Object... arguments) throws ReflectiveOperationException {
        Class<?> loaded = loadClass(type.getName());
        for (var candidate : loaded.getDeclaredMethods()) {
            if (candidate.getName().equals(method) && candidate.getParameterCount() == arguments.length) {
                candidate.setAccessible(true);
                return candidate.invoke(null, translated(arguments));
            }
        }
        throw new NoSuchMethodException(type + "." + method);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith("dev.kq.")) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            byte[] bytes = mutated.containsKey(name) ? mutated.get(name) : original(name);
            return defineClass(name, bytes, 0, bytes.length);
        }
    }

    private Object[] translated(Object[] arguments) throws ClassNotFoundException {
        Object[] result = arguments.clone();
        for (int i = 0; i < result.length; i++) {
            if (result[i] instanceof Enum<?> constant) {
                for (Object same :
                        loadClass(constant.getDeclaringClass().getName()).getEnumConstants()) {
                    if (((Enum<?>) same).name().equals(constant.name())) {
                        result[i] = same;
                    }
                }
            }
        }
        return result;
    }

    private byte[] original(String name) throws ClassNotFoundException {
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private void compile(String file, String source) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringBuilder complaints = new StringBuilder();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                JavaFileManager inMemory = new IntoMemory(files)) {
            boolean compiled = compiler.getTask(
                            null,
                            inMemory,
                            diagnostic -> complaints.append(diagnostic).append('\n'),
                            List.of("-proc:none", "-classpath", System.getProperty("java.class.path")),
                            null,
                            List.of(new Source(file, source)))
                    .call();
            if (!compiled) {
                throw new AssertionError("the broken " + file + " does not compile: " + complaints);
            }
        }
    }

    private static Path sourceFolder() {
        Path here = Path.of("src/main/java/dev/kq");
        return Files.exists(here.resolve("KqQueue.java")) ? here : Path.of("../kq-core/src/main/java/dev/kq");
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String file, String text) {
            super(URI.create("string:///dev/kq/" + file), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private final class IntoMemory extends ForwardingJavaFileManager<JavaFileManager> {
        IntoMemory(JavaFileManager files) {
            super(files);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("memory:///" + className), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return new ByteArrayOutputStream() {
                        @Override
                        public void close() {
                            mutated.put(className, toByteArray());
                        }
                    };
                }
            };
        }
    }
}
