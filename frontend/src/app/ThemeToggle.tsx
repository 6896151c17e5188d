import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../ui/Button";

const themes = {
  system: { icon: Monitor, words: "as the system", next: "light" },
  light: { icon: Sun, words: "light", next: "dark" },
  dark: { icon: Moon, words: "dark", next: "system" },
} as const;

type Theme = keyof typeof themes;

export function ThemeToggle() {
  const [theme, setTheme] = useState(storedTheme);
  const { icon: Icon, words, next } = themes[theme];
  const change = () => {
    applyTheme(next);
    setTheme(next);
  };
  return (
    <IconButton label={`Colours: ${words}. Change to ${themes[next].words}.`} onClick={change}>
      <Icon aria-hidden />
    </IconButton>
  );
}

function storedTheme(): Theme {
  const stored = localStorage.getItem("droid.theme");
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** public/theme.js reads the same key before the first paint. */
function applyTheme(theme: Theme) {
  if (theme === "system") {
    localStorage.removeItem("droid.theme");
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem("droid.theme", theme);
    document.documentElement.dataset.theme = theme;
  }
}
