import type { ReactNode } from 'react'
import { Button as AriaButton, Tooltip, TooltipTrigger } from 'react-aria-components'
import styles from './button.module.css'

interface ButtonProps {
  readonly children?: ReactNode
  readonly icon?: ReactNode
  /** The accessible name; also the tooltip of a button without text. */
  readonly label: string
  readonly kind?: 'plain' | 'primary' | 'quiet'
  readonly onPress?: () => void
  readonly isDisabled?: boolean
  /** Shown beside the name in the tooltip, e.g. `Shift Enter`. */
  readonly shortcut?: string
  readonly className?: string | undefined
  readonly isPressed?: boolean
}

/** A button with text when it has children, else an icon whose name is in its tooltip. */
export function Button({
  children,
  icon,
  label,
  kind = 'plain',
  shortcut,
  isPressed,
  className,
  ...rest
}: ButtonProps) {
  const iconOnly = children === undefined
  const button = (
    <AriaButton
      aria-label={label}
      {...(isPressed === undefined ? {} : { 'aria-pressed': isPressed })}
      data-kind={kind}
      data-icon-only={iconOnly || undefined}
      className={[styles.button, className].filter(Boolean).join(' ')}
      {...rest}
    >
      {icon}
      {iconOnly ? null : <span className={styles.text}>{children}</span>}
    </AriaButton>
  )
  if (!iconOnly && shortcut === undefined) return button
  return (
    <TooltipTrigger delay={500}>
      {button}
      <Tooltip className={styles.tooltip!} offset={6}>
        {label}
        {shortcut === undefined ? null : <kbd className={styles.keys}>{shortcut}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  )
}
